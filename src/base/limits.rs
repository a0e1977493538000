//! Rate limits: so many per minute, for a class of action and a person or address.
use crate::config::LimitsConfig;
use crate::{Code, Error, Result, UserId};
use governor::clock::{Clock, DefaultClock};
use governor::middleware::StateInformationMiddleware;
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use parking_lot::Mutex;
use std::collections::HashMap;
use std::net::IpAddr;
use std::num::NonZeroU32;

/// A refusal is told again after so long.
const NEWS_MS: i64 = 600_000;
/// People and addresses whose refusal is remembered.
const REFUSED: usize = 1_000;

/// What is limited together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Class {
    /// Sign-in, registration, links: per address.
    Auth,
    /// Joining by a code.
    Join,
    /// Changes.
    Write,
    /// Reads.
    Read,
}

impl Class {
    /// The name in the `RateLimit-Policy` header.
    pub fn as_str(self) -> &'static str {
        match self {
            Class::Auth => "auth",
            Class::Join => "join",
            Class::Write => "write",
            Class::Read => "read",
        }
    }
}

/// Who is limited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Who {
    User(UserId),
    /// An address; IPv6 counts by its /64, which is what one household has.
    Address(IpAddr),
}

impl Who {
    /// The address, shortened to what is counted together.
    pub fn address(ip: IpAddr) -> Who {
        Who::Address(match ip.to_canonical() {
            IpAddr::V6(v6) => IpAddr::V6((u128::from(v6) >> 64 << 64).into()),
            v4 => v4,
        })
    }
}

/// It knows how much is left, for the `RateLimit` header.
type Limiter = DefaultKeyedRateLimiter<Who, StateInformationMiddleware>;

/// The limits of this node, in memory.
pub struct Limits {
    auth: (u32, Limiter),
    join: (u32, Limiter),
    write: (u32, Limiter),
    read: (u32, Limiter),
    /// Who was refused lately, and since when it is known (Unix milliseconds).
    refused: Mutex<HashMap<Who, i64>>,
}

impl Limits {
    pub fn new(config: &LimitsConfig) -> Limits {
        let limiter = |per_minute: u32| {
            let quota = Quota::per_minute(NonZeroU32::new(per_minute).unwrap_or(NonZeroU32::MIN));
            (per_minute.max(1), RateLimiter::keyed(quota).with_middleware())
        };
        Limits {
            auth: limiter(config.auth_per_minute),
            join: limiter(config.join_per_minute),
            write: limiter(config.write_per_minute),
            read: limiter(config.read_per_minute),
            refused: Mutex::default(),
        }
    }

    /// Whether it is worth telling that somebody was refused: the first time in ten minutes. `now` in Unix milliseconds.
    pub fn is_news(&self, who: Who, now: i64) -> bool {
        let mut refused = self.refused.lock();
        if refused.len() >= REFUSED {
            refused.retain(|_, at| now - *at < NEWS_MS);
        }
        match refused.get(&who) {
            Some(at) if now - at < NEWS_MS => false,
            // so many at once are an attack, of which enough is told already
            None if refused.len() >= REFUSED => false,
            _ => {
                refused.insert(who, now);
                true
            }
        }
    }

    /// Counts one action, or says after how many seconds to come back.
    pub fn check(&self, class: Class, who: Who) -> Result<()> {
        self.count(class, who).map(|_| ())
    }

    /// The same, and says how many more may follow at once.
    pub fn count(&self, class: Class, who: Who) -> Result<u32> {
        let (_, limiter) = self.of(class);
        limiter.check_key(&who).map(|state| state.remaining_burst_capacity()).map_err(|not_until| {
            let wait_s = not_until.wait_time_from(DefaultClock::default().now()).as_secs() + 1;
            Error { retry_after_s: Some(wait_s), ..Code::RateLimited.error(format!("Too many requests. Try again in {wait_s} s.")) }
        })
    }

    /// Actions per minute of this class.
    pub fn per_minute(&self, class: Class) -> u32 {
        self.of(class).0
    }

    /// Forgets whoever has been quiet, so that memory stays bounded. Called by a job.
    pub fn forget_idle(&self) {
        for (_, limiter) in [&self.auth, &self.join, &self.write, &self.read] {
            limiter.retain_recent();
            limiter.shrink_to_fit();
        }
    }

    fn of(&self, class: Class) -> &(u32, Limiter) {
        match class {
            Class::Auth => &self.auth,
            Class::Join => &self.join,
            Class::Write => &self.write,
            Class::Read => &self.read,
        }
    }
}
