pickscope dump --format json corpus/every-opcode.pkl
