pickscope dump corpus/several-p4.pkl
