pickscope explain --all --python 3.12 lock
