pickscope refs --format json corpus/containers/differing.zip
status 2
