pickscope dump --range 208.. --format json corpus/squared.pkl
