pickscope tree --format json corpus/every-opcode.pkl
