pickscope explain --all generators
