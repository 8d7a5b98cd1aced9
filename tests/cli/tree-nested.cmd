pickscope tree corpus/containers/values.pkl
