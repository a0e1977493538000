//! What the node answers while a certificate authority checks that it has the name.
use parking_lot::RwLock;
use rcgen::{CertificateParams, CustomExtension, DistinguishedName, KeyPair};
use rustls::sign::CertifiedKey;
use std::collections::HashMap;
use std::sync::Arc;

/// The protocol of a TLS connection that only checks (RFC 8737).
pub const PROTOCOL: &[u8] = b"acme-tls/1";

/// The answers of the order that is under way; none at other times.
#[derive(Debug, Default)]
pub struct Answers {
    certificates: RwLock<HashMap<String, Arc<CertifiedKey>>>,
    texts: RwLock<HashMap<String, String>>,
}

impl Answers {
    /// Prepares for a TLS connection that asks for `name`: a certificate that holds the hash of the key authorization.
    pub fn expect_tls(&self, name: &str, digest: &[u8; 32]) -> Result<(), rcgen::Error> {
        let key = KeyPair::generate()?;
        let mut params = CertificateParams::new(vec![name.to_owned()])?;
        params.distinguished_name = DistinguishedName::new();
        params.custom_extensions = vec![CustomExtension::new_acme_identifier(digest)];
        let certificate = params.self_signed(&key)?;
        let der = rustls_pki_types::PrivatePkcs8KeyDer::from(key.serialize_der());
        let signing = rustls::crypto::ring::sign::any_ecdsa_type(&der.into()).map_err(|_| rcgen::Error::KeyGenerationUnavailable)?;
        let certified = CertifiedKey::new(vec![certificate.der().clone()], signing);
        self.certificates.write().insert(name.to_owned(), Arc::new(certified));
        Ok(())
    }

    /// Prepares for a request for `token` over plain HTTP.
    pub fn expect_http(&self, token: &str, text: &str) {
        self.texts.write().insert(token.to_owned(), text.to_owned());
    }

    /// The certificate that answers for a name.
    pub fn certificate(&self, name: &str) -> Option<Arc<CertifiedKey>> {
        self.certificates.read().get(&name.to_ascii_lowercase()).cloned()
    }

    /// The text that answers for a token.
    pub fn text(&self, token: &str) -> Option<String> {
        self.texts.read().get(token).cloned()
    }

    /// The order is over.
    pub fn clear(&self) {
        self.certificates.write().clear();
        self.texts.write().clear();
    }
}
