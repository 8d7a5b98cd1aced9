pickscope dump --range 5 corpus/squared.pkl
status 2
