pickscope refs --format json corpus/squared.pkl
