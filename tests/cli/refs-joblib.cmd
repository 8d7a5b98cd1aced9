pickscope refs corpus/joblib/joblib11-numpy1-p4.pkl
