//! Opens a node, asking for the instance's passphrase where it needs one and somebody is there to type it.
use super::password;
use crate::Node;
use snug_base::config::Secret;
use snug_base::{Clock, Code, Config, Result};
use zeroize::Zeroizing;

/// Opens the node on this configuration.
pub async fn open(mut config: Config, clock: Clock) -> Result<Node> {
    let keys = &config.keys;
    let is_given = keys.passphrase.is_some() || keys.passphrase_file.is_some() || keys.master_key.is_some();
    match Node::open_at(config.clone(), clock.clone()).await {
        Err(e) if e.code == Code::Locked && !is_given => {
            let Some(passphrase) = password::ask("Passphrase of the instance")? else { return Err(e) };
            config.keys.passphrase = Some(Secret(Zeroizing::new(passphrase)));
            Node::open_at(config, clock).await
        }
        opened => opened,
    }
}
