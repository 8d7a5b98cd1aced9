pickscope explain --all 'no such kind'
status 2
