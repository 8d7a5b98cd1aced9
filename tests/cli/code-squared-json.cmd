pickscope code --format json corpus/squared.pkl
