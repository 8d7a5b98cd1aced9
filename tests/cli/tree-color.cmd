pickscope tree --color always corpus/instances-p4.pkl corpus/recursive-p0.pkl
