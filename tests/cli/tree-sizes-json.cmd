pickscope tree --sizes --format json corpus/instances-p0.pkl
