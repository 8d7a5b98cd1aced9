pickscope tree corpus/everyday-p4.pkl
