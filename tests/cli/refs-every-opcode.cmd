pickscope refs corpus/every-opcode.pkl
