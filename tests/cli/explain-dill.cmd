pickscope explain --input corpus/dill-closure-py313-p4.pkl --python 3.12
status 1
