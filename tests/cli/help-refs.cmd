pickscope refs --help
