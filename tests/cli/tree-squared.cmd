pickscope tree corpus/squared.pkl
