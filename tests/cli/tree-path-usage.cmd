pickscope tree --path a[ corpus/everyday-p4.pkl
status 2
