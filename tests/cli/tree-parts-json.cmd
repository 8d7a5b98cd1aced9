pickscope tree --format json corpus/containers/plain.npz
