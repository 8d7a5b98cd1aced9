pickscope tree --help
