//! Certificates from a public authority (ACME): ordered once, renewed by themselves, and never asked for in a hurry.
//!
//! An attempt counts as failed before it begins and until it has succeeded, so that not even a node that crashes and
//! restarts asks more often than the pauses allow.
use super::answers::Answers;
use super::given::Given;
use super::{Certificate, Source, order};
use instant_acme::{Account, AccountCredentials, LetsEncrypt, NewAccount};
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use snug_base::config::{AcmeChallenge, AcmeConfig, Config};
use snug_base::{App, Code, Error, Result, keys, secrets};
use std::path::PathBuf;
use std::time::Duration;
use tokio::sync::MutexGuard;
use zeroize::Zeroizing;

const NAME: &str = "tls/acme";
const MINUTE_MS: i64 = 60_000;
/// After the first failure; doubled with each further one. Public authorities allow five failures an hour.
const FIRST_PAUSE_MS: i64 = 10 * MINUTE_MS;
const LONGEST_PAUSE_MS: i64 = 24 * 60 * MINUTE_MS;
/// Between attempts that somebody asks for: a second press of the button is no reason to count as two failures.
const ASKED_PAUSE_MS: i64 = MINUTE_MS;
/// For one order as a whole.
const PATIENCE: Duration = Duration::from_secs(300);

/// What is asked of which authority; where any of it changes, attempts begin anew.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
struct Asked {
    directory: String,
    email: Option<String>,
    names: Vec<String>,
    challenge: Option<AcmeChallenge>,
}

/// What is kept, sealed.
#[derive(Default, Deserialize, Serialize)]
#[serde(default)]
struct State {
    asked: Asked,
    /// As the library writes it; with its private key.
    account: Option<serde_json::Value>,
    certificate: Option<Kept>,
    failures: u32,
    /// Unix milliseconds; no attempt before.
    retry_at: i64,
    /// Unix milliseconds; when the last attempt began.
    attempted_at: Option<i64>,
    problem: Option<String>,
}

#[derive(Deserialize, Serialize)]
struct Kept {
    /// PEM.
    chain: String,
    /// PEM.
    key: Zeroizing<String>,
    /// Unix milliseconds.
    renew_at: i64,
}

/// What operators are told.
#[derive(Clone, Debug, Default)]
pub struct Told {
    pub problem: Option<String>,
    /// Unix milliseconds; where something went wrong.
    pub next_attempt_at: Option<i64>,
    /// Unix milliseconds.
    pub attempted_at: Option<i64>,
    /// When the certificate that there is is renewed (Unix milliseconds).
    pub renews_at: Option<i64>,
    /// An order is under way.
    pub is_busy: bool,
}

impl Told {
    /// With the certificate that there is.
    pub fn of(self, given: Option<&Given>, now: i64) -> Certificate {
        Certificate {
            next_attempt_at: self.next_attempt_at,
            last_attempt_at: self.attempted_at,
            renews_at: self.renews_at,
            is_busy: self.is_busy,
            ..Certificate::given(Source::Acme, given, self.problem, now)
        }
    }
}

/// Orders and keeps the certificate.
pub struct Acme {
    asked: Asked,
    challenge: AcmeChallenge,
    ca_file: Option<PathBuf>,
    state: tokio::sync::Mutex<State>,
    told: Mutex<Told>,
}

impl Acme {
    /// What the configuration orders, if it orders anything, with the certificate that was kept.
    pub async fn open(app: &App) -> Result<Option<(Acme, Option<Given>)>> {
        let config = &app.config.acme;
        if config.domains.is_empty() {
            return Ok(None);
        }
        let challenge = challenge(&app.config);
        let mut names: Vec<String> = config.domains.iter().map(|name| name.to_ascii_lowercase()).collect();
        names.sort_unstable();
        names.dedup();
        let asked = Asked { directory: directory(config), email: config.email.clone(), names, challenge: Some(challenge) };
        let mut state = match secrets::load(app, NAME).await? {
            Some(text) => serde_json::from_slice(&text).map_err(Error::internal)?,
            None => State::default(),
        };
        state.begin(&asked);
        let given = state.certificate.as_ref().and_then(|kept| Given::parse(kept.chain.as_bytes(), kept.key.as_bytes()).ok());
        let told = Mutex::new(state.told());
        Ok(Some((Acme { asked, challenge, ca_file: config.ca_file.clone(), state: tokio::sync::Mutex::new(state), told }, given)))
    }

    /// Orders a certificate when there is none or it is time for a new one, and no pause has to be kept.
    pub async fn renew(&self, app: &App, answers: &Answers) -> Result<Option<Given>> {
        let state = self.state.lock().await;
        let now = app.clock.now();
        if now < state.retry_at || state.certificate.as_ref().is_some_and(|kept| now < kept.renew_at) {
            return Ok(None);
        }
        self.attempt(app, answers, state).await
    }

    /// Orders one because somebody asks for it, however young the present one is and whatever the pause.
    ///
    /// # Errors
    /// `certificate.busy` while an order is under way, and for a minute after one.
    pub async fn renew_now(&self, app: &App, answers: &Answers) -> Result<Option<Given>> {
        let busy =
            || Code::CertificateBusy.error("A certificate was ordered a moment ago. Look at what became of it, and ask again in a minute.");
        let state = self.state.try_lock().map_err(|_| busy())?;
        if state.attempted_at.is_some_and(|at| (at..at + ASKED_PAUSE_MS).contains(&app.clock.now())) {
            return Err(busy());
        }
        self.attempt(app, answers, state).await
    }

    async fn attempt(&self, app: &App, answers: &Answers, mut state: MutexGuard<'_, State>) -> Result<Option<Given>> {
        let now = app.clock.now();
        state.attempted_at = Some(now);
        state.failures = state.failures.saturating_add(1);
        state.retry_at = now + pause(state.failures);
        state.write(app).await?;
        let outcome = match tokio::time::timeout(PATIENCE, self.order(app, &mut state, answers)).await {
            Ok(outcome) => outcome,
            Err(_) => Err(format!("the authority did not answer within {} minutes", PATIENCE.as_secs() / 60)),
        };
        let given = match outcome {
            Ok((kept, given)) => {
                tracing::info!(names = ?given.names, authority = self.asked.directory, "a certificate was issued");
                (state.certificate, state.failures, state.retry_at, state.problem) = (Some(kept), 0, 0, None);
                Some(given)
            }
            Err(problem) => {
                let minutes = (state.retry_at - now) / MINUTE_MS;
                tracing::error!(
                    authority = self.asked.directory,
                    next_attempt_in_minutes = minutes,
                    "no certificate was issued: {problem}"
                );
                state.problem = Some(problem);
                None
            }
        };
        state.write(app).await?;
        *self.told.lock() = state.told();
        Ok(given)
    }

    /// What went wrong the last time.
    pub fn told(&self) -> Told {
        Told { is_busy: self.state.try_lock().is_err(), ..self.told.lock().clone() }
    }

    async fn order(&self, app: &App, state: &mut State, answers: &Answers) -> Result<(Kept, Given), String> {
        let account = self.account(app, state).await?;
        let (chain, key) = order::certificate(&account, &self.asked.names, self.challenge, answers).await?;
        let given = Given::parse(chain.as_bytes(), key.as_bytes())?;
        let renew_at = app.clock.now() + renew_after(given.expires_at - given.issued_at);
        Ok((Kept { chain, key, renew_at }, given))
    }

    /// The account that was made before, or a new one, which is kept at once.
    async fn account(&self, app: &App, state: &mut State) -> Result<Account, String> {
        let builder = match &self.ca_file {
            Some(file) => Account::builder_with_root(file).map_err(|e| format!("acme.ca_file {}: {e}", file.display()))?,
            None => Account::builder().map_err(|e| e.to_string())?,
        };
        if let Some(credentials) = &state.account {
            let credentials: AccountCredentials = serde_json::from_value(credentials.clone()).map_err(|e| e.to_string())?;
            return builder.from_credentials(credentials).await.map_err(order::text);
        }
        let contact = self.asked.email.as_ref().map(|email| format!("mailto:{email}"));
        let contact: Vec<&str> = contact.iter().map(String::as_str).collect();
        let new = NewAccount { contact: &contact, terms_of_service_agreed: true, only_return_existing: false };
        let (account, credentials) = builder.create(&new, self.asked.directory.clone(), None).await.map_err(order::text)?;
        state.account = Some(serde_json::to_value(&credentials).map_err(|e| e.to_string())?);
        state.write(app).await.map_err(|e| e.to_string())?;
        Ok(account)
    }
}

impl State {
    /// Where something else is asked for than before, earlier failures say nothing. A certificate that is for the names by now
    /// stays; an account is one authority's only.
    fn begin(&mut self, asked: &Asked) {
        if self.asked == *asked {
            return;
        }
        (self.failures, self.retry_at, self.problem) = (0, 0, None);
        if self.asked.directory != asked.directory || self.asked.email != asked.email {
            self.account = None;
        }
        if let Some(kept) = &mut self.certificate
            && (self.asked.directory != asked.directory || self.asked.names != asked.names)
        {
            kept.renew_at = 0;
        }
        self.asked = asked.clone();
    }

    async fn write(&self, app: &App) -> Result<()> {
        secrets::store(app, NAME, Zeroizing::new(serde_json::to_vec(self).map_err(Error::internal)?)).await
    }

    fn told(&self) -> Told {
        let renews_at = self.certificate.as_ref().map(|kept| kept.renew_at);
        // one that is there and young is not ordered anew because somebody tried in vain
        let next_attempt_at = self.problem.is_some().then(|| self.retry_at.max(renews_at.unwrap_or(0)));
        Told { problem: self.problem.clone(), next_attempt_at, attempted_at: self.attempted_at, renews_at, is_busy: false }
    }
}

fn directory(config: &AcmeConfig) -> String {
    let usual = if config.staging { LetsEncrypt::Staging } else { LetsEncrypt::Production };
    config.directory.clone().unwrap_or_else(|| usual.url().to_owned())
}

/// The one that is configured, else the one whose port is there.
fn challenge(config: &Config) -> AcmeChallenge {
    let has_443 = config.node.listen.iter().any(|address| address.port() == 443);
    config.acme.challenge.unwrap_or(if has_443 { AcmeChallenge::TlsAlpn01 } else { AcmeChallenge::Http01 })
}

/// Two thirds of a certificate's life, less up to a twentieth, so that not all nodes ask at the same time.
fn renew_after(life: i64) -> i64 {
    life / 3 * 2 - up_to(life / 20)
}

/// Ten minutes, twenty, forty … a day, and up to a quarter more.
fn pause(failures: u32) -> i64 {
    let pause = FIRST_PAUSE_MS.saturating_mul(1 << failures.saturating_sub(1).min(20)).min(LONGEST_PAUSE_MS);
    pause + up_to(pause / 4)
}

/// A random number from zero to below `most`.
fn up_to(most: i64) -> i64 {
    i64::from(u32::from_be_bytes(keys::random::<4>())) % most.max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_a_day() {
        for (failures, minutes) in [(1, 10), (2, 20), (3, 40), (8, 1_280), (9, 1_440), (40, 1_440), (u32::MAX, 1_440)] {
            let least = minutes * MINUTE_MS;
            assert!((least..least + least / 4).contains(&pause(failures)), "{failures}");
        }
    }

    #[test]
    fn renewal_is_before_two_thirds_of_the_life() {
        let day = 24 * 60 * MINUTE_MS;
        assert!((55 * day..=60 * day).contains(&renew_after(90 * day)));
    }

    #[test]
    fn another_configuration_begins_anew_and_the_same_one_does_not() {
        let asked = Asked { directory: "https://a.example/dir".to_owned(), names: vec!["chat.example.org".to_owned()], ..Asked::default() };
        let mut state = State { asked: asked.clone(), failures: 3, retry_at: 7, account: Some(1.into()), ..State::default() };
        state.begin(&asked);
        assert_eq!((state.failures, state.retry_at), (3, 7));
        let other = Asked { names: vec!["talk.example.org".to_owned()], ..asked };
        state.begin(&other);
        assert_eq!((state.failures, state.retry_at, state.account.is_some()), (0, 0, true));
        state.begin(&Asked { directory: "https://b.example/dir".to_owned(), ..other });
        assert!(state.account.is_none());
    }
}
