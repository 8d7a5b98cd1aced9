# The traceback of Pool.map of a method, on Python 2.7, among others.
pickscope explain
status 1
stdin tests/facts/messages.txt
