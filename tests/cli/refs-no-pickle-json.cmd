pickscope refs --format json corpus/other/squared.pkl.gz
status 2
