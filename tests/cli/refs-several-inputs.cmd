pickscope refs corpus/several-p4.pkl corpus/nowhere.pkl corpus/broken/frame-crossed.pkl
status 2
