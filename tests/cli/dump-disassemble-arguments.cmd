pickscope dump --disassemble --range 60..180 corpus/dill-closure-py311-p4.pkl
