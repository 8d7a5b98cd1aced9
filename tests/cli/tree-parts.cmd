pickscope tree corpus/containers/arrays.npz corpus/containers/squared.tar.gz
