pickscope refs corpus/other/squared.pkl.gz
status 2
