pickscope explain --input corpus/numpy2-p5.pkl
