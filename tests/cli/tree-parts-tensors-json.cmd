pickscope tree --format json corpus/containers/short-storage.pt
status 2
