pickscope explain __builtin__.instancemethod
status 1
