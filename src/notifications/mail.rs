//! E-mail: letters that tell people what they missed, to addresses that they have confirmed.
//!
//! Invariants: nothing but the question whether it is theirs goes to an address that is not confirmed. What was told is not told again: the
//! stretch of time that a letter covers is taken before it is handed over, and given back only when the mail server said that it did not
//! take it. Addresses and what servers say about them are for their owners: neither stands in the log.
pub mod address;
pub mod digest;
pub mod http;
mod letter;
mod mailer;
pub(crate) mod missed;
pub mod model;
mod page;
mod schedule;
mod smtp;
mod text;
pub mod token;
pub mod trial;
mod words;

pub use mailer::{Mailer, Probe, wrong};

use snug_base::{App, Code, Error, Result};
use std::sync::Arc;

/// The e-mail of one node.
#[derive(Clone)]
pub struct Mail {
    pub app: App,
    mailer: Option<Arc<Mailer>>,
}

impl Mail {
    /// Says whether there is any by the configuration alone; the mail server is asked when something is sent.
    pub fn new(app: &App) -> Mail {
        Mail { app: app.clone(), mailer: Mailer::new(&app.config).map(Arc::new) }
    }

    /// Whether the node sends e-mail at all.
    pub fn is_on(&self) -> bool {
        self.mailer.is_some()
    }

    /// # Errors
    /// `mail.off` where none is configured.
    fn mailer(&self) -> Result<&Arc<Mailer>> {
        self.mailer.as_ref().ok_or_else(off)
    }
}

fn off() -> Error {
    Code::MailOff.error("This node sends no e-mail. Its operator can set [mail] in the configuration.")
}

impl axum::extract::FromRef<Mail> for App {
    fn from_ref(mail: &Mail) -> App {
        mail.app.clone()
    }
}
