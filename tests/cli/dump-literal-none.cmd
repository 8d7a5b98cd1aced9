pickscope dump --literal corpus/other/data.json
status 2
