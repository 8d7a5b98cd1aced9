pickscope refs corpus/containers/differing.zip
status 2
