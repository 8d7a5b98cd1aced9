pickscope refs corpus/other/shelf.sqlite3
status 2
