pickscope dump --format json corpus/squared.pkl
