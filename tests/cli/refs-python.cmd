pickscope refs --python 3.12 --python 2.7 corpus/moved-py27-p2.pkl
status 1
