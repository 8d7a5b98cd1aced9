pickscope dump --color always corpus/broken/number-octal.pkl
status 2
