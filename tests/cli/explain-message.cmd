pickscope explain 'ValueError: unsupported pickle protocol: 5'
status 1
