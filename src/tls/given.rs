//! A certificate that others vouch for, and which names it is for.
use super::names::{self, Name};
use rustls::sign::CertifiedKey;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::Arc;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{FromDer, X509Certificate};

/// A certificate with its chain and key, ready for handshakes.
#[derive(Debug)]
pub struct Given {
    pub key: Arc<CertifiedKey>,
    /// In lower case; those with a wildcard begin with `*.`.
    pub names: BTreeSet<String>,
    /// Who vouches for it: organisation and name.
    pub issuer: String,
    /// Unix milliseconds.
    pub issued_at: i64,
    /// Unix milliseconds.
    pub expires_at: i64,
}

impl Given {
    /// Reads a PEM chain, the certificate itself first, and its PEM key. Errors are sentences for the operator.
    pub fn parse(chain: &[u8], key: &[u8]) -> Result<Given, String> {
        let chain = CertificateDer::pem_slice_iter(chain).collect::<Result<Vec<_>, _>>().map_err(|e| format!("the certificate: {e}"))?;
        let first = chain.first().ok_or("the certificate: there is none in the file (it must be PEM)")?;
        let (names, issued_at, expires_at) = read(first)?;
        let issuer = issuer(first);
        let key = PrivateKeyDer::from_pem_slice(key).map_err(|e| format!("the key: {e} (it must be PEM, without a passphrase)"))?;
        let provider = rustls::crypto::ring::default_provider();
        // compares the public halves, too
        let key = CertifiedKey::from_der(chain, key, &provider).map_err(|e| match e {
            rustls::Error::InconsistentKeys(_) => "the key belongs to another certificate".to_owned(),
            other => format!("the pair can't be used: {other}"),
        })?;
        Ok(Given { key: Arc::new(key), names, issuer, issued_at, expires_at })
    }

    /// Whether it is for the name that a client asks for. Who asks for an address names nothing: then one that holds
    /// addresses at all will do.
    pub fn is_for(&self, asked: Option<&str>) -> bool {
        let Some(asked) = asked.map(str::to_ascii_lowercase) else {
            return self.names.iter().any(|name| matches!(Name::of(name), Name::Ip(_)));
        };
        let wildcard = asked.split_once('.').map(|(_, rest)| format!("*.{rest}"));
        self.names.contains(&asked) || wildcard.is_some_and(|wildcard| self.names.contains(&wildcard))
    }
}

/// Who vouches for a certificate, as people know them: `Let's Encrypt, R11`.
pub fn issuer(certificate: &CertificateDer<'_>) -> String {
    let Ok((_, parsed)) = X509Certificate::from_der(certificate) else { return String::new() };
    let issuer = parsed.issuer();
    let mut words: Vec<&str> = issuer.iter_organization().chain(issuer.iter_common_name()).filter_map(|part| part.as_str().ok()).collect();
    // "Snug, Snug on ada" says it twice
    if let [first, second, ..] = words[..]
        && second.starts_with(first)
    {
        words.remove(0);
    }
    // the certificate comes from outside: no control characters, and not longer than a line
    words.join(", ").chars().filter(|c| !c.is_control()).take(200).collect()
}

fn read(certificate: &CertificateDer<'_>) -> Result<(BTreeSet<String>, i64, i64), String> {
    let (_, parsed) = X509Certificate::from_der(certificate).map_err(|e| format!("the certificate can't be read: {e}"))?;
    let alternatives = parsed.subject_alternative_name().map_err(|e| format!("the certificate's names can't be read: {e}"))?;
    let names = alternatives.iter().flat_map(|found| &found.value.general_names).filter_map(|name| match name {
        GeneralName::DNSName(name) => Some(name.to_ascii_lowercase()),
        GeneralName::IPAddress(bytes) => address(bytes).map(|ip| ip.to_string()),
        _ => None,
    });
    let names: BTreeSet<String> = names.filter(|name| names::is_name(name.trim_start_matches("*."))).collect();
    if names.is_empty() {
        return Err("the certificate is for no name that a browser could ask for (it has no subject alternative name)".to_owned());
    }
    let validity = parsed.validity();
    Ok((names, validity.not_before.timestamp() * 1_000, validity.not_after.timestamp() * 1_000))
}

fn address(bytes: &[u8]) -> Option<IpAddr> {
    <[u8; 4]>::try_from(bytes).map(IpAddr::from).or_else(|_| <[u8; 16]>::try_from(bytes).map(IpAddr::from)).ok()
}
