pickscope dump --format pickletools corpus/broken/names-that-hide.pkl
status 2
