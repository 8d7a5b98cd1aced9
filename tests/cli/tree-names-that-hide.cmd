pickscope tree corpus/broken/names-that-hide.pkl
