pickscope refs corpus/containers/squared-joblib.z
