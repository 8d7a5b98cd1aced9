//! Text, bytes and floats as Python's `repr` writes them.
