//! How many connections each address may have, so that one alone can't take them all.
use parking_lot::Mutex;
use snug_base::limits::Who;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;

/// The connections that are open, by address. IPv6 counts by its /64, which is what one household has.
pub struct Crowd {
    most: usize,
    open: Mutex<HashMap<Who, usize>>,
}

/// One connection, until it is dropped.
pub struct Admitted {
    crowd: Arc<Crowd>,
    who: Who,
}

impl Crowd {
    /// 0: as many as there are.
    pub fn new(most: usize) -> Arc<Crowd> {
        Arc::new(Crowd { most, open: Mutex::default() })
    }

    /// Lets one more in; `None` when the address has as many as it may.
    pub fn enter(self: &Arc<Self>, ip: IpAddr) -> Option<Admitted> {
        let who = Who::address(ip);
        let mut open = self.open.lock();
        let count = open.entry(who).or_default();
        if self.most > 0 && *count >= self.most {
            return None;
        }
        *count += 1;
        Some(Admitted { crowd: self.clone(), who })
    }
}

impl Drop for Admitted {
    fn drop(&mut self) {
        let mut open = self.crowd.open.lock();
        if let Some(count) = open.get_mut(&self.who) {
            *count -= 1;
            if *count == 0 {
                open.remove(&self.who);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_address_has_its_places_and_gets_them_back() {
        let crowd = Crowd::new(2);
        let ip = |text: &str| text.parse::<IpAddr>().unwrap_or_else(|e| panic!("{text}: {e}"));
        let first = crowd.enter(ip("192.0.2.1"));
        let second = crowd.enter(ip("::ffff:192.0.2.1"));
        assert!(first.is_some() && second.is_some());
        assert!(crowd.enter(ip("192.0.2.1")).is_none());
        assert!(crowd.enter(ip("192.0.2.2")).is_some(), "another address");
        drop(second);
        assert!(crowd.enter(ip("192.0.2.1")).is_some());
        let household = (crowd.enter(ip("2001:db8::1")), crowd.enter(ip("2001:db8::2")));
        assert!(household.0.is_some() && household.1.is_some() && crowd.enter(ip("2001:db8::3")).is_none());
        drop((first, household));
        assert!(crowd.open.lock().is_empty(), "nobody is remembered who has gone");
    }
}
