pickscope code --format json corpus/containers/squared.tar.gz
