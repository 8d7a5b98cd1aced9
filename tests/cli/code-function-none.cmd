pickscope code --function nowhere corpus/squared.pkl
status 1
