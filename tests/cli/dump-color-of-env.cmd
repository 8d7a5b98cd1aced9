# Standard output is no terminal here; NO_COLOR doesn't turn --color always off.
pickscope dump corpus/squared.pkl
env CLICOLOR_FORCE=1
