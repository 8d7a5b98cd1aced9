pickscope tree corpus/instances-p4.pkl
