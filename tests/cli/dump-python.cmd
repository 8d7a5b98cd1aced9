pickscope dump --python 3.12 corpus/moved-py27-p2.pkl
status 1
