pickscope code --python 3.8 --python 3.10 --python 3.13 corpus/cloudpickle-closure-py38-p4.pkl
status 1
