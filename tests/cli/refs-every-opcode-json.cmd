pickscope refs --format json corpus/every-opcode.pkl
