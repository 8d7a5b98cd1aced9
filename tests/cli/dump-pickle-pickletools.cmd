pickscope dump --format pickletools --pickle 1 corpus/several-p4.pkl
