pickscope dump --format json corpus/broken/names-that-hide.pkl
