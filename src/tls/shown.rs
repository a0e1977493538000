//! Which certificate a handshake gets: the name that the client asks for decides.
use super::answers::{Answers, PROTOCOL};
use super::given::Given;
use parking_lot::RwLock;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use std::sync::Arc;

/// What a handshake needs; swapped without touching open connections.
#[derive(Debug)]
pub struct Shown {
    /// The node's own, for every name that no other certificate is for.
    own: RwLock<Arc<CertifiedKey>>,
    given: RwLock<Option<Arc<Given>>>,
    answers: Answers,
}

impl Shown {
    pub fn new(own: Arc<CertifiedKey>) -> Shown {
        Shown { own: RwLock::new(own), given: RwLock::default(), answers: Answers::default() }
    }

    /// What certificate authorities are answered.
    pub fn answers(&self) -> &Answers {
        &self.answers
    }

    pub fn set_own(&self, own: Arc<CertifiedKey>) {
        *self.own.write() = own;
    }

    pub fn set_given(&self, given: Given) {
        *self.given.write() = Some(Arc::new(given));
    }

    /// The certificate that others vouch for, if there is one by now.
    pub fn given(&self) -> Option<Arc<Given>> {
        self.given.read().clone()
    }
}

impl ResolvesServerCert for Shown {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        if hello.alpn().is_some_and(|mut offered| offered.any(|protocol| protocol == PROTOCOL)) {
            return self.answers.certificate(hello.server_name()?);
        }
        let given = self.given.read();
        match given.as_ref().filter(|given| given.is_for(hello.server_name())) {
            Some(given) => Some(given.key.clone()),
            None => Some(self.own.read().clone()),
        }
    }
}
