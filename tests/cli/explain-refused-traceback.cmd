pickscope explain 'Traceback (most recent call last):
  m = pc.loads(b)
ModuleNotFoundError: No module named xyz'
status 2
