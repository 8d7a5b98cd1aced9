pickscope dump --format json --python 3.12 --range 200..300 corpus/moved-py27-p2.pkl
status 1
