//! Rate limits: so many per minute, for a class of action and a person or address.
use crate::config::LimitsConfig;
use crate::{Code, Error, Result, UserId};
use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use std::net::IpAddr;
use std::num::NonZeroU32;

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

/// The limits of this node, in memory.
pub struct Limits {
    auth: (u32, DefaultKeyedRateLimiter<Who>),
    join: (u32, DefaultKeyedRateLimiter<Who>),
    write: (u32, DefaultKeyedRateLimiter<Who>),
    read: (u32, DefaultKeyedRateLimiter<Who>),
}

impl Limits {
    pub fn new(config: &LimitsConfig) -> Limits {
        let limiter = |per_minute: u32| {
            let quota = Quota::per_minute(NonZeroU32::new(per_minute).unwrap_or(NonZeroU32::MIN));
            (per_minute.max(1), RateLimiter::keyed(quota))
        };
        Limits {
            auth: limiter(config.auth_per_minute),
            join: limiter(config.join_per_minute),
            write: limiter(config.write_per_minute),
            read: limiter(config.read_per_minute),
        }
    }

    /// Counts one action, or says after how many seconds to come back.
    pub fn check(&self, class: Class, who: Who) -> Result<()> {
        let (_, limiter) = self.of(class);
        limiter.check_key(&who).map_err(|not_until| {
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

    fn of(&self, class: Class) -> &(u32, DefaultKeyedRateLimiter<Who>) {
        match class {
            Class::Auth => &self.auth,
            Class::Join => &self.join,
            Class::Write => &self.write,
            Class::Read => &self.read,
        }
    }
}
