pickscope refs --format json corpus/containers/values.pkl
