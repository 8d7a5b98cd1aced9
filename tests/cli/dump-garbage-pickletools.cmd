pickscope dump --format pickletools corpus/broken/two-and-garbage.pkl corpus/broken/trailing-zeros.pkl
status 2
