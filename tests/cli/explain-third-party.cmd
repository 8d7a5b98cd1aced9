pickscope explain numpy._core.multiarray._reconstruct
