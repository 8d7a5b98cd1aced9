pickscope dump --format pickletools --annotate corpus/squared.pkl
