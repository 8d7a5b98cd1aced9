pickscope explain --input corpus/containers/state-dict.pt
