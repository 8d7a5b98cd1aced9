pickscope dump corpus/squared.pkl
