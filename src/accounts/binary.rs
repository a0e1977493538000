//! Bytes of a fixed length in JSON: base64url without padding, nothing else accepted.
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};
use zeroize::Zeroize;

/// `N` bytes.
#[derive(Clone, PartialEq, Eq)]
pub struct Binary<const N: usize>(pub [u8; N]);

impl<const N: usize> Drop for Binary<N> {
    fn drop(&mut self) {
        self.0.zeroize(); // most of them are keys
    }
}

impl<const N: usize> std::fmt::Debug for Binary<N> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Binary<{N}>")
    }
}

impl<const N: usize> Serialize for Binary<N> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&encode(&self.0))
    }
}

impl<'de, const N: usize> Deserialize<'de> for Binary<N> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'_, str>>::deserialize(from)?;
        decode(&text).map(Binary).ok_or_else(|| de::Error::custom(format!("must be {N} bytes as base64url without padding")))
    }
}

impl<const N: usize> utoipa::PartialSchema for Binary<N> {
    fn schema() -> RefOr<Schema> {
        let length = (N * 4).div_ceil(3);
        ObjectBuilder::new()
            .schema_type(Type::String)
            .pattern(Some("^[A-Za-z0-9_-]+$"))
            .min_length(Some(length))
            .max_length(Some(length))
            .description(Some(format!("{N} bytes, base64url without padding")))
            .examples([serde_json::Value::String(encode(&[0; N]))])
            .into()
    }
}
impl<const N: usize> utoipa::ToSchema for Binary<N> {
    fn name() -> std::borrow::Cow<'static, str> {
        format!("Binary{N}").into()
    }
}

/// base64url without padding.
pub fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The bytes of a text that has exactly `N`.
pub fn decode<const N: usize>(text: &str) -> Option<[u8; N]> {
    URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_only_the_canonical_form() {
        assert_eq!(decode::<2>("AAE"), Some([0, 1]));
        for wrong in ["AAE=", "AAF", "AA", "AAEA", "AA+", ""] {
            assert_eq!(decode::<2>(wrong), None, "{wrong}");
        }
    }
}
