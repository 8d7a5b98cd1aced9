pickscope dump --full corpus/squared.pkl
