pickscope tree corpus/numpy2-p4.pkl
