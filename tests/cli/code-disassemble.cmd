pickscope code --disassemble corpus/squared.pkl
