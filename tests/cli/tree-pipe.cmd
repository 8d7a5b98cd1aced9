pickscope tree corpus/containers/pool.pipe
