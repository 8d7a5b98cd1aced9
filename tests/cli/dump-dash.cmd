pickscope dump -
stdin corpus/squared.pkl
