pickscope code corpus/squared.pkl
