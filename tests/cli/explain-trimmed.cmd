pickscope explain ' os.path.join'
