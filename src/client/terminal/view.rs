//! Drawing the screen.
use super::screen::{Popup, Screen, reason};
use super::text::{columns, cut, harmless, one_line, wrap};
use super::worker::Row;
use crate::conversation::messages::Body;
use crate::session::{Chat, ChatKind};
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Position, Rect};
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Clear, Paragraph, Wrap};
use uuid::Uuid;

const MUTED: Style = Style::new().fg(Color::DarkGray);
const STRONG: Style = Style::new().add_modifier(Modifier::BOLD);
/// Narrower terminals show the open conversation only.
const WITH_LIST: u16 = 60;
const LIST: u16 = 26;
/// Lines that the composer grows to.
const COMPOSER: usize = 6;
/// Names in colours that are told apart on light and dark ground.
const NAMES: [Color; 6] = [Color::Cyan, Color::Green, Color::Yellow, Color::Magenta, Color::Blue, Color::Red];

/// Draws everything; keeps the scroll position within what there is.
pub(super) fn draw(screen: &mut Screen, frame: &mut Frame) {
    let area = frame.area();
    let list = if area.width >= WITH_LIST { LIST } else { 0 };
    let [left, right] = Layout::horizontal([Constraint::Length(list), Constraint::Min(10)]).areas(area);
    if list > 0 {
        draw_list(screen, frame, left);
    }
    let typed: String = screen.input.iter().collect();
    let width = usize::from(right.width.saturating_sub(2)).max(1);
    let height = wrap(&typed, width).len().clamp(1, COMPOSER);
    let sizes = [Constraint::Length(1), Constraint::Min(1), Constraint::Length(1), Constraint::Length(u16::try_from(height).unwrap_or(1))];
    let [title, messages, status, input] = Layout::vertical(sizes).areas(right);
    draw_title(screen, frame, title);
    draw_messages(screen, frame, messages);
    draw_status(screen, frame, status);
    draw_input(screen, frame, input, &typed, width, height);
    if let Some(popup) = &screen.popup {
        draw_popup(popup, frame, area);
    }
}

fn draw_list(screen: &Screen, frame: &mut Frame, area: Rect) {
    let open = screen.chats.iter().position(|chat| Some(chat.id) == screen.open).unwrap_or(0);
    let height = usize::from(area.height).max(1);
    let first = open.saturating_sub(height.saturating_sub(1));
    let width = usize::from(area.width.saturating_sub(2));
    let lines = screen.chats.iter().enumerate().skip(first).take(height).map(|(at, chat)| {
        let unread = if chat.unread > 0 { format!(" {}", chat.unread.min(999)) } else { String::new() };
        let title = cut(&title_of(chat), width.saturating_sub(columns(&unread)));
        let gap = " ".repeat(width.saturating_sub(columns(&title) + columns(&unread)));
        let style = match (at == open && screen.open.is_some(), chat.unread > 0) {
            (true, _) => Style::new().add_modifier(Modifier::REVERSED),
            (false, true) => STRONG,
            (false, false) => Style::new(),
        };
        Line::from(vec![Span::styled(title, style), Span::styled(gap, style), Span::styled(unread, style)])
    });
    frame.render_widget(Paragraph::new(lines.collect::<Vec<_>>()), area);
}

fn title_of(chat: &Chat) -> String {
    let title = one_line(&chat.title);
    match &chat.kind {
        ChatKind::Direct => format!("@{title}"),
        ChatKind::Group => format!("≡ {title}"),
        ChatKind::Room(server) => format!("#{title} · {}", one_line(server)),
    }
}

fn draw_title(screen: &Screen, frame: &mut Frame, area: Rect) {
    let Some(chat) = screen.chat() else { return };
    let lock = if chat.is_encrypted { "  end-to-end encrypted" } else { "  not end-to-end encrypted" };
    let title = cut(&title_of(chat), usize::from(area.width).saturating_sub(columns(lock)));
    let style = if chat.is_encrypted { Style::new().fg(Color::Green) } else { MUTED };
    frame.render_widget(Line::from(vec![Span::styled(title, STRONG), Span::styled(lock, style)]), area);
}

fn draw_messages(screen: &mut Screen, frame: &mut Frame, area: Rect) {
    let width = usize::from(area.width).max(1);
    let mut lines: Vec<Line> = Vec::new();
    let mut before: Option<&Row> = None;
    for row in &screen.rows {
        let is_first = before
            .is_none_or(|before| before.line.author_id != row.line.author_id || row.line.created_at - before.line.created_at > 300_000);
        if before.is_none_or(|before| day(before.line.created_at) != day(row.line.created_at)) {
            lines.push(Line::styled(format!("── {} ──", day(row.line.created_at)), MUTED));
        }
        if is_first {
            let name = Span::styled(cut(&one_line(&row.author), 40), STRONG.fg(color_of(row.line.author_id)));
            lines.push(Line::from(vec![name, Span::styled(format!("  {}", time_of(row.line.created_at)), MUTED)]));
        }
        lines.extend(lines_of(row, width));
        before = Some(row);
    }
    if lines.is_empty() {
        let hint = if screen.open.is_some() {
            "Nothing was said here yet."
        } else {
            "No conversation yet. /open @name begins one, /help lists the rest."
        };
        lines.push(Line::styled(hint, MUTED));
    }
    let height = usize::from(area.height);
    let most = lines.len().saturating_sub(height);
    screen.scroll = screen.scroll.min(most);
    let first = most - screen.scroll;
    let shown: Vec<Line> = lines.into_iter().skip(first).take(height).collect();
    frame.render_widget(Paragraph::new(shown), area);
}

fn lines_of(row: &Row, width: usize) -> Vec<Line<'static>> {
    let inner = width.saturating_sub(2).max(1);
    let mut lines = Vec::new();
    if let Some(quote) = &row.line.quote {
        lines.push(Line::styled(format!("  │ {}", cut(&one_line(quote), inner.saturating_sub(2))), MUTED));
    }
    let (text, style) = match &row.line.body {
        Body::Text(text) => (harmless(text), Style::new()),
        Body::Other(kind) => (format!("[{}: look at it in the browser]", one_line(kind)), MUTED),
        Body::Removed => ("This message was removed by a moderator".to_owned(), MUTED.add_modifier(Modifier::ITALIC)),
        Body::Deleted => ("This message was deleted".to_owned(), MUTED.add_modifier(Modifier::ITALIC)),
        Body::Unreadable(why) => (reason(why), MUTED.add_modifier(Modifier::ITALIC)),
    };
    lines.extend(wrap(&text, inner).into_iter().map(|line| Line::styled(format!("  {line}"), style)));
    let mut notes: Vec<String> = row.line.reactions.iter().map(|(emoji, count)| format!("{} {count}", one_line(emoji))).collect();
    if row.line.is_edited {
        notes.push("edited".to_owned());
    }
    if row.line.is_plain {
        notes.push("not encrypted".to_owned());
    }
    if !notes.is_empty() {
        lines.push(Line::styled(format!("  {}", cut(&notes.join("  "), inner)), MUTED));
    }
    lines
}

fn draw_status(screen: &Screen, frame: &mut Frame, area: Rect) {
    let text = match (screen.is_online, screen.status.is_empty()) {
        (true, true) => format!("{} · /help", screen.username),
        (true, false) => one_line(&screen.status),
        (false, _) => format!("offline · {}", one_line(&screen.status)),
    };
    let style = if screen.is_online { MUTED } else { Style::new().fg(Color::Yellow) };
    frame.render_widget(Line::styled(cut(&text, usize::from(area.width)), style), area);
}

fn draw_input(screen: &Screen, frame: &mut Frame, area: Rect, typed: &str, width: usize, height: usize) {
    let before: String = screen.input[..screen.cursor].iter().collect();
    let (lines, until_cursor) = (wrap(typed, width), wrap(&before, width));
    let row = until_cursor.len().saturating_sub(1);
    let first = (row + 1).saturating_sub(height);
    let shown: Vec<Line> = lines.into_iter().skip(first).take(height).map(Line::raw).collect();
    let [prompt, text] = Layout::horizontal([Constraint::Length(2), Constraint::Min(1)]).areas(area);
    frame.render_widget(Span::styled("> ", STRONG), prompt);
    frame.render_widget(Paragraph::new(shown), text);
    // a space at the end of a line is not drawn, and yet the cursor stands behind it
    let spaces = before.chars().rev().take_while(|c| *c == ' ').count();
    let column = (until_cursor.last().map_or(0, |line| columns(line)) + spaces).min(width.saturating_sub(1));
    let cursor = Position::new(text.x + u16::try_from(column).unwrap_or(0), text.y + u16::try_from(row - first).unwrap_or(0));
    if screen.popup.is_none() {
        frame.set_cursor_position(cursor);
    }
}

fn draw_popup(popup: &Popup, frame: &mut Frame, area: Rect) {
    let width = popup.lines.iter().map(|line| columns(line)).max().unwrap_or(0).max(columns(&popup.title) + 2);
    let width = u16::try_from(width + 4).unwrap_or(u16::MAX).min(area.width.saturating_sub(2));
    let height = u16::try_from(popup.lines.len() + 2).unwrap_or(u16::MAX).min(area.height.saturating_sub(2));
    let place = Rect::new((area.width - width) / 2, (area.height - height) / 2, width, height);
    let block = Block::bordered().title(format!(" {} ", one_line(&popup.title))).title_bottom(" any key closes this ");
    let lines: Vec<Line> = popup.lines.iter().map(|line| Line::raw(format!(" {}", one_line(line)))).collect();
    frame.render_widget(Clear, place);
    frame.render_widget(Paragraph::new(lines).wrap(Wrap { trim: false }).scroll((popup.scroll, 0)).block(block), place);
}

fn color_of(user: Uuid) -> Color {
    NAMES[usize::from(user.as_bytes()[15]) % NAMES.len()]
}

fn moment(ms: i64) -> Zoned {
    Timestamp::from_millisecond(ms).unwrap_or(Timestamp::UNIX_EPOCH).to_zoned(TimeZone::system())
}

fn day(ms: i64) -> String {
    moment(ms).date().to_string()
}

fn time_of(ms: i64) -> String {
    let moment = moment(ms);
    format!("{:02}:{:02}", moment.hour(), moment.minute())
}

#[cfg(test)]
mod tests;
