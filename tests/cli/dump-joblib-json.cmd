pickscope dump --format json corpus/joblib/joblib14-numpy2-p5.pkl
