pickscope explain --input corpus/paths-py313-p4.pkl --python 3.12 --shim --format json
