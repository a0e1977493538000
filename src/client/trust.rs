//! Which nodes are believed to be who they say: those that the system trusts, and those whose own authority was accepted here.
use crate::error::{Error, Result};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};
use rustls_platform_verifier::Verifier;
use sha2::{Digest, Sha256};
use std::fmt::Write;
use std::sync::Arc;

/// The authorities of a PEM text. At least one has to be there.
pub fn read_authorities(pem: &str) -> Result<Vec<CertificateDer<'static>>> {
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem.as_bytes()).collect();
    match found {
        Ok(found) if !found.is_empty() => Ok(found),
        _ => Err(Error::told("This is not a certificate in PEM form.")),
    }
}

/// A certificate as PEM, from what a node gives out: PEM, or DER as systems import it.
pub fn to_pem(certificate: &[u8]) -> Result<String> {
    if let Ok(text) = std::str::from_utf8(certificate)
        && text.trim_start().starts_with("-----BEGIN")
    {
        read_authorities(text)?;
        return Ok(text.to_owned());
    }
    let body = BASE64_STANDARD.encode(certificate);
    let lines: Vec<&str> = (0..body.len()).step_by(64).filter_map(|at| body.get(at..body.len().min(at + 64))).collect();
    Ok(format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n")))
}

/// A certificate's SHA-256 as people compare it: as the node prints it at its start.
pub fn fingerprint(certificate: &CertificateDer) -> String {
    let mut text = String::new();
    for (at, byte) in Sha256::digest(certificate).iter().enumerate() {
        let separator = if at == 0 { "" } else { ":" };
        let _ = write!(text, "{separator}{byte:02X}"); // writing to memory cannot fail
    }
    text
}

/// TLS that trusts the system's authorities, and `accepted` if there is one. Only `accepted` counts then: an authority that was
/// compared by hand is worth more than any other.
pub fn config(accepted: Option<&str>) -> Result<ClientConfig> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let wrong = |e: rustls::Error| Error::told(format!("TLS can't be used: {e}"));
    let builder = ClientConfig::builder_with_provider(provider.clone()).with_safe_default_protocol_versions().map_err(wrong)?;
    let verifier: Arc<dyn ServerCertVerifier> = match accepted {
        None => match Verifier::new(provider.clone()) {
            Ok(verifier) => Arc::new(verifier),
            // a small system without authorities trusts no node; one can still be accepted by hand
            Err(_) => Arc::new(Always { provider, trusts: false }),
        },
        Some(pem) => {
            let mut roots = RootCertStore::empty();
            for authority in read_authorities(pem)? {
                roots.add(authority).map_err(wrong)?;
            }
            WebPkiServerVerifier::builder_with_provider(roots.into(), provider)
                .build()
                .map_err(|e| Error::told(format!("The accepted authority can't be used: {e}")))?
        }
    };
    Ok(builder.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth())
}

/// TLS that believes anybody. Only to fetch the authority that a person then compares; nothing secret goes over it.
pub fn unverified() -> Result<ClientConfig> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .map_err(|e| Error::told(format!("TLS can't be used: {e}")))?;
    Ok(builder.dangerous().with_custom_certificate_verifier(Arc::new(Always { provider, trusts: true })).with_no_client_auth())
}

/// Gives one answer, whoever asks.
#[derive(Debug)]
struct Always {
    provider: Arc<CryptoProvider>,
    trusts: bool,
}

impl ServerCertVerifier for Always {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        if self.trusts { Ok(ServerCertVerified::assertion()) } else { Err(rustls::CertificateError::UnknownIssuer.into()) }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls12_signature(message, certificate, signed, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls13_signature(message, certificate, signed, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn certificates_are_read_and_shown_as_people_compare_them() {
        let pem = to_pem(b"not checked before it is used").unwrap();
        assert!(pem.starts_with("-----BEGIN CERTIFICATE-----\n") && pem.lines().all(|line| line.len() <= 64), "{pem}");
        assert_eq!(to_pem(pem.as_bytes()).unwrap(), pem, "PEM stays what it is");
        let found = read_authorities(&pem).unwrap();
        assert_eq!(found[0].as_ref(), b"not checked before it is used");
        let print = fingerprint(&found[0]);
        assert!(print.len() == 95 && print.split(':').all(|byte| u8::from_str_radix(byte, 16).is_ok()), "{print}");
        for wrong in ["", "hello", "-----BEGIN CERTIFICATE-----\n"] {
            assert!(read_authorities(wrong).is_err(), "{wrong}");
            assert!(config(Some(wrong)).is_err(), "{wrong}");
        }
        assert!(config(Some(&pem)).is_err(), "not a certificate");
    }
}
