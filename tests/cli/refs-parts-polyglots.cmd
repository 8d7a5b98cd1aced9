pickscope refs corpus/containers/pickle-and.zip corpus/containers/zip-and.pkl
status 2
