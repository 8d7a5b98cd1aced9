pickscope refs --limit depth=1 corpus/containers/nested.zip
status 2
