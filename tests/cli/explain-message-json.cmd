pickscope explain --format json 'unregistered extension code 42'
status 1
