pickscope tree --pickle 2 corpus/containers/differing.zip
status 2
