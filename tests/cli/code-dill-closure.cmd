pickscope code corpus/dill-closure-py313-p4.pkl
