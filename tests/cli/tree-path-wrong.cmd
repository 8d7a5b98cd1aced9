pickscope tree --path nested.list[7].x corpus/everyday-p4.pkl
status 2
