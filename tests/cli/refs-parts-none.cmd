pickscope refs corpus/containers/plain.npz
