pickscope explain x
status 2
