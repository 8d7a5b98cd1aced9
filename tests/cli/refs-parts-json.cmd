pickscope refs --format json corpus/containers/state-dict.pt
