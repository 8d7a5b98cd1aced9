pickscope code corpus/everyday-p4.pkl
