pickscope explain -
status 2
stdin corpus/squared.pkl
