//! The certificate that the node shows.
use super::authority::Authority;
use super::given;
use super::names::Name;
use super::stored::Stored;
use rcgen::{CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, KeyPair, KeyUsagePurpose, SanType};
use rustls::sign::CertifiedKey;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use snug_base::{App, Error, Result};
use std::collections::BTreeSet;
use std::sync::Arc;
use time::{Duration, OffsetDateTime};

const NAME: &str = "tls/certificate";
const LIFE: Duration = Duration::days(90);

/// A certificate, its chain and its key.
pub struct Leaf {
    stored: Stored,
}

impl Leaf {
    /// The one that was made before, if there is one.
    pub async fn read(app: &App) -> Result<Option<Leaf>> {
        Ok(Stored::read(app, NAME).await?.map(|stored| Leaf { stored }))
    }

    /// Makes a new one for these names and keeps it.
    pub async fn issue(app: &App, authority: &Authority, names: BTreeSet<String>) -> Result<Leaf> {
        let key = KeyPair::generate().map_err(Error::internal)?;
        let now = OffsetDateTime::from_unix_timestamp(app.clock.now() / 1000).map_err(Error::internal)?;
        let end = now + LIFE;
        let mut params = CertificateParams::default();
        params.not_before = now - Duration::days(1); // for devices whose clock is late
        params.not_after = end;
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, "Snug");
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        params.subject_alt_names = names.iter().map(|name| san(name)).collect::<Result<_>>()?;
        let certificate = params.signed_by(&key, authority.issuer()).map_err(Error::internal)?;
        let chain = certificate.pem() + authority.pem();
        let stored = Stored::new(&key, chain, names, (app.clock.now(), end.unix_timestamp() * 1000));
        stored.write(app, NAME).await?;
        Ok(Leaf { stored })
    }

    /// Whether it is for (at least) these names, from this authority, and in the first two thirds of its life.
    pub fn serves(&self, names: &BTreeSet<String>, authority: &Authority, now: i64) -> bool {
        let young = self.stored.issued_at..self.renews_at();
        self.stored.names.is_superset(names) && self.stored.chain.ends_with(authority.pem()) && young.contains(&now)
    }

    /// When it is renewed, if nothing changes before (Unix milliseconds).
    pub fn renews_at(&self) -> i64 {
        self.stored.issued_at + (self.stored.expires_at - self.stored.issued_at) / 3 * 2
    }

    /// Unix milliseconds.
    pub fn issued_at(&self) -> i64 {
        self.stored.issued_at
    }

    /// The authority's name.
    pub fn issuer(&self) -> String {
        CertificateDer::from_pem_slice(self.stored.chain.as_bytes()).map(|first| given::issuer(&first)).unwrap_or_default()
    }

    /// As rustls wants it.
    pub fn certified(&self) -> Result<Arc<CertifiedKey>> {
        let chain = CertificateDer::pem_slice_iter(self.stored.chain.as_bytes()).collect::<Result<Vec<_>, _>>().map_err(Error::internal)?;
        let key = PrivatePkcs8KeyDer::from(self.stored.key.to_vec());
        let key = rustls::crypto::ring::sign::any_ecdsa_type(&key.into()).map_err(Error::internal)?;
        Ok(Arc::new(CertifiedKey::new(chain, key)))
    }

    pub fn names(&self) -> &BTreeSet<String> {
        &self.stored.names
    }

    pub fn expires_at(&self) -> i64 {
        self.stored.expires_at
    }
}

fn san(name: &str) -> Result<SanType> {
    Ok(match Name::of(name) {
        Name::Ip(ip) => SanType::IpAddress(ip),
        Name::Dns(dns) => SanType::DnsName(dns.try_into().map_err(Error::internal)?),
    })
}
