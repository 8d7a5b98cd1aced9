pickscope tree corpus/persistent-p4.pkl corpus/extensions-p4.pkl corpus/buffers-out-of-band-p5.pkl
