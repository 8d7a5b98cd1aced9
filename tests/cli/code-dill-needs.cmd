pickscope code corpus/dill-needs-py38-p4.pkl
