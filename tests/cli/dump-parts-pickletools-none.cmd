pickscope dump --format pickletools corpus/containers/plain.npz
status 2
