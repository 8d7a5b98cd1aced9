pickscope tree --full corpus/everyday-p4.pkl
