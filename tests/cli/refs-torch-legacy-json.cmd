pickscope refs --format json corpus/containers/legacy.pt
