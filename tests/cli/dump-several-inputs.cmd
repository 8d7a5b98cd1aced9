# One that can't be read doesn't stop the others.
pickscope dump corpus/broken/no-stop.pkl corpus/nowhere.pkl corpus corpus/squared.pkl
status 2
