pickscope explain --input corpus/everyday-p5.pkl --python 2.7 --python 3.7 --shim
status 1
