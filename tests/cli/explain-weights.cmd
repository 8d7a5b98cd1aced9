pickscope explain --input corpus/torch2-module-p2.pkl
