pickscope refs --format json corpus/other/shelf.sqlite3
status 2
