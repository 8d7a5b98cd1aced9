pickscope explain --input corpus/everyday-p4.pkl --shim
