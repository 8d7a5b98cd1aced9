pickscope refs corpus/broken/names-that-hide.pkl
