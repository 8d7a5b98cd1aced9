pickscope dump --help
