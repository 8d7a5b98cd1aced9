pickscope dump --pickle 1 corpus/containers/differing.zip
status 2
