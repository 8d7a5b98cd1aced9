pickscope explain --all --format json --python 2.7 --python 3.12 held rlock
