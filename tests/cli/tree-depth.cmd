pickscope tree --depth 1 corpus/everyday-p4.pkl
