pickscope explain --all --full 'bound method' private
