pickscope refs corpus/squared.pkl
