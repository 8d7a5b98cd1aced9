//! The rows of `pickletools.dis`.
