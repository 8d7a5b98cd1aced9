pickscope explain --input corpus/numpy2-p5.pkl --python 3.12 --shim
