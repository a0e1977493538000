//! The one error type here: a text for the person who runs the bench.

/// Any failure; shown as its text.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;
/// What most functions answer.
pub type Result<T, E = Failure> = std::result::Result<T, E>;

/// The node's own errors as text.
pub fn text(e: snug_base::Error) -> Failure {
    let source = e.source.as_ref().map(|source| format!(" ({source})")).unwrap_or_default();
    format!("{}{source}", e.detail).into()
}
