pickscope explain --input corpus/moved-py27-p2.pkl --shim
