# One document an input, also where one can't be opened.
pickscope refs --format json no/such.pkl corpus/squared.pkl corpus
status 2
