pickscope code --disassemble --function scale corpus/dill-closure-py313-p4.pkl
