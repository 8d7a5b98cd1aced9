pickscope code corpus/cloudpickle-enum-py313-p5.pkl
