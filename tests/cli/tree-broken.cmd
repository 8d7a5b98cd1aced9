pickscope tree corpus/broken/cut-download.pkl corpus/broken/memo-missing.pkl corpus/broken/two-and-garbage.pkl corpus/broken/number-octal.pkl missing.pkl
status 2
