//! Whether the mail server lets the node in. Nothing is sent.
use super::Patient;
use super::model::{Area, Finding};
use snug_notifications::mail::Probe;

/// Connects as the node does for a letter, if a mail server is configured.
pub async fn look(patient: &Patient) -> Vec<Finding> {
    let found = match Probe::look(&patient.config).await {
        None => return Vec::new(),
        Some(Ok(server)) => Area::Mail.ok(format!("The mail server {server} lets the node in.")),
        Some(Err(why)) => Area::Mail.problem(
            format!("E-mail can't be sent. {why}"),
            "Correct [mail] in the configuration and restart the node; `snug mail test ADDRESS` sends a letter to try.",
        ),
    };
    vec![found]
}
