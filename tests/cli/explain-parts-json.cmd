pickscope explain --format json --input corpus/containers/nested.zip
status 1
