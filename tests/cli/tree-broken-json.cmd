pickscope tree --format json corpus/broken/cut-download.pkl corpus/broken/memo-missing.pkl corpus/broken/two-and-garbage.pkl
status 2
