pickscope dump --format json corpus/containers/legacy.pt
