pickscope tree corpus/containers/short-storage.pt
status 2
