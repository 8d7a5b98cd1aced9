pickscope code corpus/containers/nested.zip
