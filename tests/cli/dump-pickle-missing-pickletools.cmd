pickscope dump --format pickletools --pickle 9 corpus/several-p4.pkl
status 2
