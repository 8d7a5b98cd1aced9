//! The bodies of the fuzz targets: those that the crate's tests run for short.

#[path = "../../tests/suite/bodies/mod.rs"]
pub mod bodies;

/// What the bodies use of the tests' helpers.
pub mod python {
    pub fn hex(bytes: &[u8]) -> String {
        hex::encode(bytes)
    }

    pub fn unhex(digits: &str) -> Vec<u8> {
        hex::decode(digits).expect("hexadecimal digits")
    }
}
