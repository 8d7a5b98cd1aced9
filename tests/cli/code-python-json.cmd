pickscope code --python 3.13 --format json corpus/squared.pkl
status 1
