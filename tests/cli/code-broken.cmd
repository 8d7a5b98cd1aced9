pickscope code corpus/broken/cut-download.pkl
status 2
