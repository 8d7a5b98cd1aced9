pickscope
status 2
