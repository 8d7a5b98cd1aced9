pickscope explain collections.OrderdDict
status 1
