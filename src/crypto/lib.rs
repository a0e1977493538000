//! The cryptography that node and clients agree on: pure functions, no I/O, the same test vectors as the web UI.
//!
//! Nothing is signed, hashed or authenticated but tuples (`tuple`), so no two meanings ever share bytes.
pub mod password;
pub mod tuple;

#[cfg(test)]
mod vectors {
    /// The shared test vectors.
    pub fn load() -> serde_json::Value {
        serde_json::from_str(include_str!("vectors/e2ee-vectors-v1.json")).expect("the vectors are JSON")
    }

    /// Bytes from hexadecimal.
    pub fn bytes(value: &serde_json::Value) -> Vec<u8> {
        let text = value.as_str().expect("a hexadecimal string");
        (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).expect("hexadecimal")).collect()
    }
}
