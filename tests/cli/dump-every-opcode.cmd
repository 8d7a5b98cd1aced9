pickscope dump corpus/every-opcode.pkl
