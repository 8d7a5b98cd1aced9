pickscope code corpus/cloudpickle-class-py313-p5.pkl
