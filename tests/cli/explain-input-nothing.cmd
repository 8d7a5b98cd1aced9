pickscope explain --input corpus/frames-small-p4.pkl
