pickscope explain os.path.join builtins.range
status 1
