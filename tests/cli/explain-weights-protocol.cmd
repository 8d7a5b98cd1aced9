pickscope explain --input corpus/torch-state-dict-p4.pkl --python 3.12
