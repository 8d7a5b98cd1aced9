pickscope --help
