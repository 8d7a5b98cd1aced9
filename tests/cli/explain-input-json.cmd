pickscope explain --format json --python 3.12 --input corpus/persistent-p4.pkl
