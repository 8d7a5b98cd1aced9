pickscope refs corpus/containers/legacy-computed.pt
