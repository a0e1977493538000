//! The local certificate authority of one node.
use super::names::{self, Name};
use super::stored::Stored;
use rcgen::{
    BasicConstraints, CertificateParams, CidrSubnet, DistinguishedName, DnType, GeneralSubtree, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    NameConstraints,
};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use sha2::{Digest, Sha256};
use snug_base::{App, Error, Result};
use std::collections::BTreeSet;
use std::path::Path;
use time::{Duration, OffsetDateTime};

const NAME: &str = "tls/authority";
/// A copy for people, in the form that operating systems import.
const CERTIFICATE: &str = "ca.crt";
const LIFE: Duration = Duration::days(3650);

/// Signs the node's certificates.
pub struct Authority {
    stored: Stored,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    /// Reads the authority, or makes one. One that may not vouch for a configured name is replaced.
    pub async fn open(app: &App, folder: &Path, configured: &BTreeSet<String>) -> Result<Authority> {
        if let Some(stored) = Stored::read(app, NAME).await? {
            if configured.iter().all(|name| is_permitted(name, &stored.names)) {
                return Authority::load(folder, stored);
            }
            tracing::warn!(
                "node.names has a name that the node's authority may not vouch for: a new authority was made, which every device must trust anew"
            );
        }
        Authority::make(app, folder, configured).await
    }

    fn load(folder: &Path, stored: Stored) -> Result<Authority> {
        let copy = folder.join(CERTIFICATE);
        if std::fs::read_to_string(&copy).ok().as_deref() != Some(&stored.chain) {
            std::fs::write(&copy, &stored.chain).map_err(Error::internal)?;
        }
        let key = KeyPair::try_from(stored.key.as_slice()).map_err(Error::internal)?;
        let issuer = Issuer::from_ca_cert_pem(&stored.chain, key).map_err(Error::internal)?;
        Ok(Authority { stored, issuer })
    }

    async fn make(app: &App, folder: &Path, configured: &BTreeSet<String>) -> Result<Authority> {
        let mut vouches = configured.clone();
        vouches.extend(names::own());
        // on a rented machine the network's address is not a private one
        vouches.extend(names::addresses().into_iter().filter(|ip| ip.is_ipv4() && !names::is_private(*ip)).map(|ip| ip.to_string()));
        let key = KeyPair::generate().map_err(Error::internal)?;
        let now = OffsetDateTime::from_unix_timestamp(app.clock.now() / 1000).map_err(Error::internal)?;
        let end = now + LIFE;
        let mut params = CertificateParams::default();
        params.not_before = now - Duration::days(1); // for devices whose clock is late
        params.not_after = end;
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        params.distinguished_name = title(&key);
        params.name_constraints = Some(NameConstraints { permitted_subtrees: subtrees(&vouches), excluded_subtrees: Vec::new() });
        let certificate = params.self_signed(&key).map_err(Error::internal)?;
        let life = (app.clock.now(), end.unix_timestamp() * 1000);
        let stored = Stored::new(&key, certificate.pem(), vouches, life);
        stored.write(app, NAME).await?;
        Authority::load(folder, stored)
    }

    /// Of these names, those that the authority may vouch for: one name too many would spoil the whole certificate.
    pub fn permitted(&self, names: BTreeSet<String>) -> BTreeSet<String> {
        names.into_iter().filter(|name| is_permitted(name, &self.stored.names)).collect()
    }

    pub fn issuer(&self) -> &Issuer<'static, KeyPair> {
        &self.issuer
    }

    pub fn pem(&self) -> &str {
        &self.stored.chain
    }

    pub fn der(&self) -> Result<Vec<u8>> {
        Ok(CertificateDer::from_pem_slice(self.stored.chain.as_bytes()).map_err(Error::internal)?.to_vec())
    }

    /// `AB:CD:…`, as browsers and operating systems show it.
    pub fn fingerprint(&self) -> Result<String> {
        let hash = Sha256::digest(self.der()?);
        Ok(hash.iter().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().join(":"))
    }
}

/// The machine's name tells people what they trust; a piece of the key tells two authorities of one machine apart.
fn title(key: &KeyPair) -> DistinguishedName {
    use rcgen::PublicKeyData;
    let hash = Sha256::digest(key.der_bytes());
    let mut title = DistinguishedName::new();
    title.push(DnType::CommonName, format!("Snug on {} ({:02X}{:02X})", names::host(), hash[0], hash[1]));
    title.push(DnType::OrganizationName, "Snug");
    title
}

fn is_permitted(name: &str, vouches: &BTreeSet<String>) -> bool {
    match Name::of(name) {
        Name::Ip(ip) => names::is_private(ip) || vouches.contains(name),
        Name::Dns(dns) => {
            dns == "localhost" || dns.ends_with(".local") || vouches.iter().any(|v| dns == *v || dns.ends_with(&format!(".{v}")))
        }
    }
}

fn subtrees(vouches: &BTreeSet<String>) -> Vec<GeneralSubtree> {
    let mut permitted = vec![GeneralSubtree::DnsName("localhost".to_owned()), GeneralSubtree::DnsName("local".to_owned())];
    permitted.extend(
        names::PRIVATE.iter().map(|network| GeneralSubtree::IpAddress(CidrSubnet::from_addr_prefix(network.addr(), network.prefix_len()))),
    );
    permitted.extend(vouches.iter().map(|name| match Name::of(name) {
        Name::Ip(ip) => GeneralSubtree::IpAddress(CidrSubnet::from_addr_prefix(ip, if ip.is_ipv4() { 32 } else { 128 })),
        Name::Dns(dns) => GeneralSubtree::DnsName(dns.to_owned()),
    }));
    permitted
}
