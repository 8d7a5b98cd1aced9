//! What bytes that are no pickle are, and what to do with them.
