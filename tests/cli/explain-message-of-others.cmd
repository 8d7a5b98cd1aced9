pickscope explain 'ZeroDivisionError: division by zero' 'KeyError: 9' '' foo
status 2
