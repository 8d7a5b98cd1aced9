pickscope explain --input corpus/numpy2-p5.pkl --python 2.7 --python 3.7
status 1
