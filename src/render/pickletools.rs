//! `dump --format pickletools`: what `pickletools.dis` of CPython 3.13 prints, byte for byte.
