pickscope explain -
status 2
stdin tests/facts/traceback-of-no-pickle.txt
