pickscope dump corpus/broken/names-that-hide.pkl
