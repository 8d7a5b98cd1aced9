pickscope explain --full --python 3.12 collections.Mapping
status 1
