//! Ports for those who have to know theirs before somebody listens there.
use snug_base::keys::random;
use std::fs::File;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Mutex;

/// Below the ports that the system gives to outgoing connections: one of those could take it meanwhile.
const RANGE: std::ops::Range<u16> = 10_240..32_768;

/// Held until the end of the process: tests in other processes choose others.
static TAKEN: Mutex<Vec<File>> = Mutex::new(Vec::new());

/// An address on this machine where nobody listens, and which is this test's alone, also while it listens there at times only.
pub fn free_address() -> SocketAddr {
    let folder = std::env::temp_dir().join("snug-test-ports");
    std::fs::create_dir_all(&folder).unwrap();
    loop {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, RANGE.start + u16::from_le_bytes(random()) % (RANGE.end - RANGE.start)));
        let file = File::create(folder.join(address.port().to_string())).unwrap();
        if file.try_lock().is_ok() && TcpListener::bind(address).is_ok() {
            TAKEN.lock().unwrap().push(file);
            return address;
        }
    }
}

/// The port of such an address.
pub fn free_port() -> u16 {
    free_address().port()
}
