pickscope dump --format json corpus/broken/no-stop.pkl corpus/nowhere.pkl corpus/broken/trailing-newline.pkl
status 2
