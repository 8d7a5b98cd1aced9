pickscope code corpus/cloudpickle-needs-py37-p4.pkl
