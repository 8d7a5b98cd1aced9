pickscope dump --pickle 1 corpus/several-p4.pkl
