pickscope tree --format json corpus/squared.pkl
