pickscope tree corpus/recursive-p1.pkl
