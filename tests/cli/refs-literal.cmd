pickscope refs --literal corpus/other/squared.repr
