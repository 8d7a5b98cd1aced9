pickscope tree --path nested.dict[(1,"k")] corpus/everyday-p4.pkl
