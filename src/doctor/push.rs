//! Whether push messages get to the push services of the browsers. No device gets one.
use super::model::{Area, Finding};
use snug_base::Config;
use snug_notifications::push::{Services, reach};

/// Asks the push services that devices of this instance have.
pub async fn look(config: &Config, services: Services) -> Vec<Finding> {
    if !config.push.enabled {
        return Vec::new();
    }
    let Services { devices, failing, origins } = services;
    if devices == 0 {
        return vec![Area::Push.ok("No device has asked for push messages yet.")];
    }
    let mut findings: Vec<Finding> = match reach(config, origins).await {
        Ok(reached) => reached.into_iter().map(|(origin, outcome)| told(&origin, outcome)).collect(),
        Err(e) => {
            vec![Area::Push.problem(format!("No push service can be reached. {}", e.detail), "Correct push.ca_file, and restart the node.")]
        }
    };
    if failing > 0 {
        findings.push(Area::Push.warning(
            format!("{failing} of {devices} devices did not get their last push message."),
            "The log says what their push service answered; a device that misses ten in a row is left out until Snug is opened there.",
        ));
    }
    findings
}

fn told(origin: &str, outcome: Result<(), String>) -> Finding {
    match outcome {
        Ok(()) => Area::Push.ok(format!("The push service {origin} answers.")),
        Err(why) => Area::Push.problem(
            format!("The push service {origin} can't be reached: {why}."),
            "Let the node connect to it: see to its name resolution, and to what a firewall lets out.",
        ),
    }
}
