pickscope dump --format json corpus/containers/arrays.npz
