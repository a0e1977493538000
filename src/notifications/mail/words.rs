//! What letters say. All of it is made here, of words that others wrote, which `text` has made harmless; names of people, of rooms and of the
//! instance too.
use super::letter::Letter;
use super::missed::{COUNTED, Line, Missed, Told};
use super::text::{self, NAME, escape};
use crate::model::NoticeKind;
use crate::place::Kind;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use lettre::Address;

/// How letters look: nothing is loaded from anywhere.
const FRAME: &str = "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
    <meta name=\"color-scheme\" content=\"light dark\"><title>{{title}}</title></head>\
    <body style=\"margin:0;padding:16px;font:16px/1.5 system-ui,sans-serif\"><div style=\"max-width:36em;margin:0 auto\">{{body}}</div></body></html>";
const SMALL: &str = "font-size:14px;opacity:.75";

/// Where and how a letter about what was missed is sent.
pub struct Envelope<'a> {
    pub instance: &'a str,
    /// Where links begin.
    pub base_url: &'a str,
    pub to: Address,
    /// With which letters to this address are ended.
    pub token: &'a str,
    /// Unix milliseconds: since when, in which time zone.
    pub since: i64,
    pub zone: TimeZone,
}

fn frame(title: &str, body: &str) -> String {
    FRAME.replace("{{title}}", &escape(title)).replace("{{body}}", body)
}

fn time(at: i64, zone: &TimeZone) -> String {
    let there = Timestamp::from_millisecond(at).unwrap_or_default().to_zoned(zone.clone());
    there.strftime("%A, %-d %B, %H:%M").to_string()
}

fn count(n: usize, one: &str, many: &str) -> String {
    let limit = usize::try_from(COUNTED).unwrap_or(usize::MAX);
    match n {
        1 => format!("1 {one}"),
        n if n >= limit => format!("{limit} or more {many}"),
        n => format!("{n} {many}"),
    }
}

fn join(names: &[String], others: usize) -> String {
    let mut all = names.to_vec();
    if others > 0 {
        all.push(count(others, "other", "others"));
    }
    match all.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
        None => String::new(),
    }
}

/// A link in HTML.
fn link(url: &str, text: &str) -> String {
    format!("<a href=\"{}\">{}</a>", escape(url), escape(text))
}

/// The question whether an address is theirs. It has no word in it that whoever asks could choose. `until`: Unix milliseconds.
pub fn question(instance: &str, base_url: &str, to: &Address, token: &str, until: i64) -> Letter {
    let instance = text::line(instance, NAME);
    let url = format!("{base_url}/api/v1/mail/confirm?token={token}");
    let until = format!("{} UTC", time(until, &TimeZone::UTC));
    let subject = format!("{instance}: is this your address?");
    let asks = format!("Somebody with an account at {instance} ({base_url}) wants to be told at this address of what they miss there.");
    let plain = format!(
        "{asks}\n\nIf that is you, open this link and confirm it. It works once, until {until}:\n\n{url}\n\n\
         If it is not you, you need not do anything: nothing more is sent here. Behind the link you can also say that it was not you; then nobody \
         can have letters sent to this address.\n"
    );
    let body = format!(
        "<p>{}</p><p>If that is you, open this link and confirm it. It works once, until {}:</p><p>{}</p>\
         <p style=\"{SMALL}\">If it is not you, you need not do anything: nothing more is sent here. Behind the link you can also say that it was \
         not you; then nobody can have letters sent to this address.</p>",
        escape(&asks),
        escape(&until),
        link(&url, "Confirm this address"),
    );
    Letter { to: to.clone(), html: frame(&subject, &body), subject, text: plain, unsubscribe: None }
}

/// A letter to try whether letters arrive.
pub fn test(instance: &str, base_url: &str, to: &Address) -> Letter {
    let instance = text::line(instance, NAME);
    let subject = format!("{instance}: e-mail works");
    let said = format!("{instance} ({base_url}) can send e-mail. An administrator sent this letter to try it.");
    Letter {
        to: to.clone(),
        text: format!("{said}\n"),
        html: frame(&subject, &format!("<p>{}</p>", escape(&said))),
        subject,
        unsubscribe: None,
    }
}

/// What somebody missed.
pub fn digest(envelope: &Envelope, missed: &Missed) -> Letter {
    let instance = text::line(envelope.instance, NAME);
    let (base, messages) = (envelope.base_url, missed.messages());
    let subject = match messages {
        0 => format!("{instance}: you were added to a group"),
        n => format!("{instance}: {} for you", count(n, "new message", "new messages")),
    };
    let stop = format!("{base}/api/v1/mail/unsubscribe?token={}", envelope.token);
    let settings = format!("{base}/settings/notifications");
    let since = format!("What you missed at {instance} since {}", time(envelope.since, &envelope.zone));
    let mut plain = format!("{since}\n");
    let mut body = format!("<p>{}</p>", escape(&since));
    for told in &missed.places {
        plain.push_str(&plain_place(told, base));
        body.push_str(&html_place(told, base));
    }
    for extra in extras(missed) {
        plain.push_str(&format!("\n{extra}\n"));
        body.push_str(&format!("<p>{}</p>", escape(&extra)));
    }
    plain.push_str(&format!("\n--\nHow often you get these letters: {settings}\nNo more of them: {stop}\n"));
    body.push_str(&format!(
        "<hr style=\"border:0;border-top:1px solid #8888\"><p style=\"{SMALL}\">{} · {}</p>",
        link(&settings, "How often you get these letters"),
        link(&stop, "No more of them"),
    ));
    Letter { to: envelope.to.clone(), html: frame(&subject, &body), subject, text: plain, unsubscribe: Some(stop) }
}

fn extras(missed: &Missed) -> Vec<String> {
    let more = (missed.more > 0).then(|| format!("And something in {}.", count(missed.more, "more conversation", "more conversations")));
    let reactions = (missed.reactions > 0).then(|| format!("And {} to your messages.", count(missed.reactions, "reaction", "reactions")));
    more.into_iter().chain(reactions).collect()
}

/// What the conversation is called.
fn title(told: &Told) -> String {
    let place = &told.place;
    let name = |text: &Option<String>| text.as_deref().map(|name| text::line(name, NAME));
    match place.kind {
        Kind::Direct => told.with.clone(),
        Kind::Group => name(&place.name).unwrap_or_else(|| "A group".to_owned()),
        Kind::Room => format!("#{} · {}", name(&place.name).unwrap_or_default(), name(&place.server).unwrap_or_default()),
    }
}

/// How much there is, and of whom.
fn summary(told: &Told) -> String {
    let mut parts = Vec::new();
    if let Some(by) = &told.added_by {
        parts.push(format!("{by} added you"));
    }
    if told.count > 0 {
        let messages = count(told.count, "message", "messages");
        let of = if told.place.kind == Kind::Direct { String::new() } else { format!(" from {}", join(&told.writers, told.other_writers)) };
        let calls = if told.calls > 0 && told.calls < told.count { format!(", {} for you", told.calls) } else { String::new() };
        parts.push(format!("{messages}{of}{calls}"));
    }
    if told.place.is_encrypted {
        parts.push("end-to-end encrypted".to_owned());
    }
    parts.join("; ")
}

fn says(line: &Line) -> &'static str {
    match line.why {
        Some(NoticeKind::Mention) => " mentioned you",
        Some(NoticeKind::Reply) => " replied to you",
        _ => "",
    }
}

fn rest(told: &Told) -> Option<String> {
    let more = told.count.saturating_sub(told.lines.len());
    (more > 0 && !told.lines.is_empty()).then(|| format!("… and {}", count(more, "more", "more")))
}

fn plain_place(told: &Told, base: &str) -> String {
    let mut text = format!("\n{}\n{}\n", title(told), summary(told));
    for line in told.lines.iter().filter(|line| line.text.is_some() || line.why.is_some()) {
        let said = line.text.as_deref().map(|text| format!(": {text}")).unwrap_or_default();
        text.push_str(&format!("  {}{}{said}\n", line.writer, says(line)));
    }
    if let Some(rest) = rest(told) {
        text.push_str(&format!("  {rest}\n"));
    }
    text.push_str(&format!("{base}{}\n", told.path));
    text
}

/// Names and texts in other directions keep to themselves (`bdi`, `dir=auto`).
fn html_place(told: &Told, base: &str) -> String {
    let url = format!("{base}{}", told.path);
    let mut html = format!(
        "<h2 style=\"font-size:17px;margin:24px 0 0\"><a href=\"{}\"><bdi>{}</bdi></a></h2><p style=\"margin:0 0 8px;{SMALL}\">{}</p>",
        escape(&url),
        escape(&title(told)),
        escape(&summary(told)),
    );
    for line in told.lines.iter().filter(|line| line.text.is_some() || line.why.is_some()) {
        let said = line.text.as_deref().map(|text| format!("<br><span dir=\"auto\">{}</span>", escape(text))).unwrap_or_default();
        html.push_str(&format!("<p style=\"margin:0 0 8px\"><b><bdi>{}</bdi></b>{}{said}</p>", escape(&line.writer), says(line)));
    }
    if let Some(rest) = rest(told) {
        html.push_str(&format!("<p style=\"margin:0 0 8px;{SMALL}\">{}</p>", escape(&rest)));
    }
    html
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::place::Place;
    use proptest::prelude::*;

    fn told(name: &str, said: &str) -> Told {
        let place = Place {
            kind: Kind::Room,
            name: Some(name.to_owned()),
            server: Some(name.to_owned()),
            path: "/s/a/b".to_owned(),
            is_encrypted: false,
            people: Vec::new(),
        };
        let line = Line { writer: text::line(name, NAME), why: Some(NoticeKind::Mention), text: Some(text::line(said, 240)) };
        Told {
            place,
            with: text::line(name, NAME),
            path: "/s/a/b/1".to_owned(),
            count: 1,
            calls: 1,
            writers: vec![text::line(name, NAME)],
            other_writers: 0,
            added_by: None,
            lines: vec![line],
        }
    }

    fn letter(instance: &str, missed: &Missed) -> Letter {
        let to = "ann@example.org".parse().unwrap();
        let envelope = Envelope { instance, base_url: "https://chat.example.org", to, token: "abc", since: 0, zone: TimeZone::UTC };
        digest(&envelope, missed)
    }

    #[test]
    fn a_letter_says_who_where_what_and_how_to_get_no_more() {
        let missed = Missed { places: vec![told("general", "hey <b>you</b>")], more: 2, reactions: 1 };
        let letter = letter("The Garden", &missed);
        assert_eq!(letter.subject, "The Garden: 1 new message for you");
        for part in [
            "What you missed at The Garden since Thursday, 1 January, 00:00",
            "#general · general\n1 message from general\n  general mentioned you: hey <b>you</b>\nhttps://chat.example.org/s/a/b/1\n",
            "And something in 2 more conversations.",
            "And 1 reaction to your messages.",
            "https://chat.example.org/api/v1/mail/unsubscribe?token=abc",
        ] {
            assert!(letter.text.contains(part), "{part}\n{}", letter.text);
        }
        assert!(letter.html.contains("hey &lt;b&gt;you&lt;/b&gt;") && !letter.html.contains("<img") && !letter.html.contains("src="));
        assert_eq!(letter.unsubscribe.as_deref(), Some("https://chat.example.org/api/v1/mail/unsubscribe?token=abc"));
    }

    #[test]
    fn lists_read_as_people_write_them() {
        let names = |n: usize| (0..n).map(|n| n.to_string()).collect::<Vec<_>>();
        assert_eq!(
            [join(&names(1), 0), join(&names(2), 0), join(&names(3), 0), join(&names(1), 2)],
            ["0", "0 and 1", "0, 1 and 2", "0 and 2 others"]
        );
        assert_eq!(count(1_000, "message", "messages"), "1000 or more messages");
    }

    /// Elements that open and close, in order.
    fn tags(html: &str) -> Vec<String> {
        html.split('<').skip(1).map(|rest| rest.split([' ', '>']).next().unwrap_or_default().to_owned()).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]
        #[test]
        fn foreign_words_change_nothing_of_a_letter(name in ".*|<.*>|[\"'<>&]*", said in ".*|</?[a-z]+ [a-z]+=\".*\">") {
            let plain = tags(&letter("x", &Missed { places: vec![told("x", "x")], ..Missed::default() }).html);
            let letter = letter(&name, &Missed { places: vec![told(&name, &said)], ..Missed::default() });
            let html = tags(&letter.html);
            prop_assert_eq!(html, plain);
            prop_assert!(!letter.subject.contains(['\r', '\n']));
            prop_assert_eq!(letter.text.lines().count(), 10);
            prop_assert!(letter.text.len() < 4_000 && letter.html.len() < 8_000);
        }
    }
}
