pickscope explain --input corpus/strings-py27-p2.pkl
