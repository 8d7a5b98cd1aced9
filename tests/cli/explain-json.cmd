pickscope explain --format json --python 3.12 --python 2.7 collections:OrderedDict.fromkeys
status 1
