pickscope explain --input corpus/squared.pkl --shim
status 1
