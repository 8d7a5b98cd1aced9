pickscope explain json io pickle copyreg instancemethod
status 2
