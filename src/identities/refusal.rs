//! What the core refuses, as clients see it.
use snug_base::{Code, Error};
use snug_crypto::error::{Error as Refusal, Rule};

/// Something in this field that is not what the protocol says.
pub fn refused(field: &'static str, why: &Refusal) -> Error {
    let code = match why {
        Refusal::NoKeys => Code::NoKeys,
        Refusal::NoRandomness => return Error::internal(why.clone()),
        _ => Code::ProtocolInvalid,
    };
    code.field(field, format!("{why} ({})", why.code()))
}

/// A link that does not continue its log. Somebody else's link in its place is a conflict: fetch the log and try again.
pub fn refused_link(at: usize, why: &Refusal) -> Error {
    match why {
        Refusal::BadLink(Rule::Seq | Rule::Prev) => {
            Code::LogConflict.field("links", format!("link {at} does not follow the log's newest link; fetch the log and make it again"))
        }
        Refusal::NoRandomness => Error::internal(why.clone()),
        Refusal::BadLink(rule) => Code::BadLink.field("links", format!("link {at}: {} ({rule})", why.code())),
        _ => Code::BadLink.field("links", format!("link {at}: {} ({why})", why.code())),
    }
}
