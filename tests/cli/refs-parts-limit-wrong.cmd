pickscope refs --limit size=1 corpus/containers/nested.zip
status 2
