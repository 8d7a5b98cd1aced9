pickscope dump --range 57..0xc8 corpus/squared.pkl
