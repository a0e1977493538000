use super::super::screen::Screen;
use super::super::worker::{News, Order, Row};
use super::*;
use crate::conversation::messages::{Line as Message, Unreadable};
use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use std::collections::BTreeMap;

const ANN: Uuid = Uuid::from_u128(1);
const BOB: Uuid = Uuid::from_u128(2);
const HIKE: Uuid = Uuid::from_u128(9);

fn row(seq: i64, author: Uuid, body: Body) -> Row {
    let line = Message {
        id: Uuid::from_u128(100 + u128::try_from(seq).unwrap()),
        conversation_id: HIKE,
        seq,
        author_id: author,
        created_at: 1_795_000_000_000 + seq * 1_000,
        is_edited: false,
        body,
        reactions: BTreeMap::new(),
        quote: None,
        is_plain: false,
    };
    Row { line, author: if author == ANN { "Ann" } else { "Bob" }.to_owned() }
}

fn screen() -> Screen {
    let mut screen = Screen::new(ANN, "ann");
    let chat = Chat {
        id: HIKE,
        kind: ChatKind::Group,
        title: "Hike".to_owned(),
        is_encrypted: true,
        unread: 2,
        last_at: 1,
        people: vec![ANN, BOB],
    };
    screen.on_news(News::Online);
    assert_eq!(screen.on_news(News::Chats(vec![chat])), [Order::Open(HIKE)]);
    let mut edited = row(2, ANN, Body::Text("When do we \u{1b}[31mmeet?".to_owned()));
    edited.line.is_edited = true;
    edited.line.reactions.insert("👍".to_owned(), 2);
    let rows = vec![
        row(1, BOB, Body::Text("Sunday?".to_owned())),
        edited,
        row(3, BOB, Body::Unreadable(Unreadable::Waiting)),
        row(4, BOB, Body::Deleted),
        row(5, BOB, Body::Removed),
    ];
    assert_eq!(screen.on_news(News::Page { chat: HIKE, rows, is_older: false, is_complete: true }), [Order::Read { chat: HIKE, seq: 5 }]);
    screen
}

fn drawn(screen: &mut Screen, width: u16, height: u16) -> String {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| draw(screen, frame)).unwrap();
    terminal.backend().to_string()
}

fn press(screen: &mut Screen, code: KeyCode) -> Vec<Order> {
    screen.on_event(&Event::Key(KeyEvent::new(code, KeyModifiers::NONE)))
}

fn write(screen: &mut Screen, text: &str) {
    text.chars().for_each(|c| drop(press(screen, KeyCode::Char(c))));
}

#[test]
fn shows_conversations_and_messages() {
    let text = drawn(&mut screen(), 90, 20);
    for expected in [
        "≡ Hike",
        "end-to-end encrypted",
        "Bob",
        "Sunday?",
        "edited",
        "👍",
        "Waiting for this message",
        "was deleted",
        "removed by a moderator",
        "/help",
    ] {
        assert!(text.contains(expected), "{expected} is not in\n{text}");
    }
    assert!(!text.contains('\u{1b}'), "a message may not steer the terminal");
}

#[test]
fn fits_small_terminals() {
    for (width, height) in [(1, 1), (10, 3), (40, 10), (59, 24), (300, 80)] {
        drawn(&mut screen(), width, height);
    }
    let mut with_popup = screen();
    with_popup.on_news(News::Show { title: "Help".to_owned(), lines: vec!["x".repeat(200); 50] });
    for (width, height) in [(4, 4), (20, 5), (80, 24)] {
        drawn(&mut with_popup, width, height);
    }
}

#[test]
fn enter_sends_and_slashes_command() {
    let mut screen = screen();
    write(&mut screen, "hello  there");
    assert_eq!(press(&mut screen, KeyCode::Enter), [Order::Say { chat: HIKE, text: "hello  there".to_owned() }]);
    assert!(press(&mut screen, KeyCode::Enter).is_empty(), "nothing to send");
    write(&mut screen, "//slash");
    assert_eq!(press(&mut screen, KeyCode::Enter), [Order::Say { chat: HIKE, text: "/slash".to_owned() }]);
    write(&mut screen, "/edit better");
    let orders = press(&mut screen, KeyCode::Enter);
    assert!(
        matches!(&orders[..], [Order::Do { target: (Some(own), Some((other, _))), .. }] if own.as_u128() == 102 && other.as_u128() == 101)
    );
    write(&mut screen, "/dance");
    assert!(press(&mut screen, KeyCode::Enter).is_empty());
    assert!(drawn(&mut screen, 80, 10).contains("There is no command /dance"), "and the text stays");
    assert_eq!(screen.input.iter().collect::<String>(), "/dance");
}

#[test]
fn what_was_not_sent_comes_back() {
    let mut screen = screen();
    screen.on_news(News::NotSent { text: "draft".to_owned(), why: "The node can't be reached".to_owned() });
    assert_eq!(screen.input.iter().collect::<String>(), "draft");
    press(&mut screen, KeyCode::Left);
    press(&mut screen, KeyCode::Backspace);
    assert_eq!(screen.input.iter().collect::<String>(), "drat");
}

#[test]
fn a_message_that_changes_stays_in_its_place() {
    let mut screen = screen();
    screen.on_news(News::Line(Box::new(row(3, BOB, Body::Text("here it is".to_owned()))), false));
    let text = drawn(&mut screen, 80, 20);
    assert!(text.contains("here it is") && !text.contains("Waiting for"));
    screen.on_news(News::Line(Box::new(row(5, BOB, Body::Text("and more".to_owned()))), true));
    assert_eq!(screen.rows.len(), 5);
}
