pickscope dump --disassemble corpus/squared.pkl
