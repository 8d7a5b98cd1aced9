pickscope dump corpus/containers/nested.zip
