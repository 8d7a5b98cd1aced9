pickscope dump --format pickletools corpus/containers/squared.tar.gz
