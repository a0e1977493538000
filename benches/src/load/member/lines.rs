//! Servers that don't speak WebSocket: IRC and XMPP with group chat. A member's name and room come as its greeting: "NAME ROOM".
use super::Heard;
use crate::orders::Dialect;

/// How far an XMPP login has got.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Step {
    #[default]
    Signing,
    Restarting,
    Binding,
    Joining,
    In,
}

const XMPP_OPEN: &str =
    "<stream:stream to='localhost' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>";

fn parts(greeting: &[u8]) -> (&str, &str) {
    std::str::from_utf8(greeting).ok().and_then(|text| text.split_once(' ')).unwrap_or(("nobody", "nowhere"))
}

/// What a member says first.
pub fn first(dialect: Dialect, greeting: &[u8]) -> Vec<u8> {
    let (name, _) = parts(greeting);
    match dialect {
        Dialect::Irc => format!("NICK {name}\r\nUSER {name} 0 * :{name}\r\n").into_bytes(),
        _ => format!("<?xml version='1.0'?>{XMPP_OPEN}").into_bytes(),
    }
}

/// Reads whole lines of IRC; answers how many bytes they took.
pub fn irc(bytes: &[u8], greeting: &[u8], replies: &mut Vec<u8>, mut each: impl FnMut(Heard)) -> usize {
    let mut used = 0;
    while let Some(end) = bytes[used..].iter().position(|byte| *byte == b'\n') {
        let line = bytes[used..used + end].trim_ascii_end();
        used += end + 1;
        if line.starts_with(b"PING") {
            replies.extend_from_slice(b"PONG");
            replies.extend_from_slice(&line[4..]);
            replies.extend_from_slice(b"\r\n");
            continue;
        }
        match line.split(|byte| *byte == b' ').nth(1) {
            Some(b"PRIVMSG") => each(Heard::Delivery { n: None, bytes: line.len() }),
            Some(b"001") => replies.extend_from_slice(format!("JOIN {}\r\n", parts(greeting).1).as_bytes()),
            Some(b"366") => each(Heard::Ready),
            // errors, but not that there is no message of the day
            Some([b'4' | b'5', _, _]) if !line.windows(5).any(|five| five == b" 422 ") => each(Heard::Refused(line)),
            _ if line.starts_with(b"ERROR") => each(Heard::Refused(line)),
            _ => {}
        }
    }
    used
}

fn end_of(bytes: &[u8], what: &str) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what.as_bytes()).map(|at| at + what.len())
}

/// Reads as much of an XMPP stream as makes sense by itself; answers how many bytes that is.
pub fn xmpp(bytes: &[u8], greeting: &[u8], step: &mut Step, replies: &mut Vec<u8>, mut each: impl FnMut(Heard)) -> usize {
    let (name, room) = parts(greeting);
    let mut used = 0;
    loop {
        let rest = &bytes[used..];
        let (wanted, next, reply) = match step {
            Step::Signing => (
                "</stream:features>",
                Step::Restarting,
                "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='ANONYMOUS'/>".to_owned(),
            ),
            Step::Restarting => ("<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>", Step::Binding, XMPP_OPEN.to_owned()),
            Step::Binding => (
                "</stream:features>",
                Step::Joining,
                format!(
                    "<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>\
                     <presence to='{room}/{name}'><x xmlns='http://jabber.org/protocol/muc'><history maxstanzas='0'/></x></presence>"
                ),
            ),
            // the room's subject ends the joining
            Step::Joining => ("</subject>", Step::In, String::new()),
            Step::In => {
                let Some(end) = end_of(rest, "</message>") else { return used };
                if end_of(&rest[..end], "<body>").is_some() {
                    each(Heard::Delivery { n: None, bytes: end });
                }
                used += end;
                continue;
            }
        };
        if end_of(rest, "<failure").is_some() || (*step == Step::Joining && end_of(rest, "type='error'").is_some()) {
            each(Heard::Refused(&rest[..rest.len().min(400)]));
            return bytes.len();
        }
        let mut found = end_of(rest, wanted);
        if *step == Step::Joining && found.is_none() {
            found = end_of(rest, "<subject/>"); // an empty one
        }
        let Some(end) = found else { return used };
        used += end;
        replies.extend_from_slice(reply.as_bytes());
        if next == Step::In {
            each(Heard::Ready);
        }
        *step = next;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn irc_joins_and_hears() {
        let (mut replies, mut heard) = (Vec::new(), Vec::new());
        let text = b":s 001 ann :Welcome\r\nPING :x\r\n:s 366 ann #r :End\r\n:bob!b@h PRIVMSG #r :hello\r\n:s 4";
        let used = irc(text, b"ann #r", &mut replies, |h| heard.push(format!("{h:?}")));
        assert_eq!(used, text.len() - 4);
        assert_eq!(replies, b"JOIN #r\r\nPONG :x\r\n");
        assert!(heard[0].starts_with("Ready") && heard[1].starts_with("Delivery") && heard.len() == 2);
    }

    #[test]
    fn xmpp_signs_in_step_by_step() {
        let (mut step, mut replies, mut ready) = (Step::default(), Vec::new(), 0);
        let text = b"<stream:stream><stream:features></stream:features><success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>";
        assert_eq!(xmpp(text, b"ann r@c", &mut step, &mut replies, |_| ready += 1), text.len());
        assert_eq!((step, ready), (Step::Binding, 0));
        let rest = b"<stream:features></stream:features><message><subject/></message><message><body>a</body></message>";
        xmpp(rest, b"ann r@c", &mut step, &mut replies, |_| ready += 1);
        assert_eq!((step, ready), (Step::In, 2));
    }
}
