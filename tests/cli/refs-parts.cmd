pickscope refs corpus/containers/state-dict.pt
