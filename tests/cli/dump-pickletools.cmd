pickscope dump --format pickletools corpus/squared.pkl
