pickscope tree corpus/joblib/joblib14-numpy2-p2.pkl
