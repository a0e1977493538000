//! The interactive client: conversations on the left, what is said on the right, one line to write in.
//!
//! [`run`] owns the terminal. A task of its own owns the session, so that the keyboard never waits for the network.
pub mod command;
mod screen;
pub mod text;
mod view;
mod worker;

use crate::error::{Error, Result};
use crate::session::Session;
use crossterm::event::{DisableBracketedPaste, EnableBracketedPaste, Event, EventStream};
use crossterm::execute;
use futures_util::StreamExt;
use screen::Screen;
use tokio::sync::mpsc;

/// Runs until the person leaves, or the session can't go on.
pub async fn run(session: Session) -> Result<()> {
    let mut terminal = ratatui::try_init().map_err(broken)?;
    let paste = execute!(std::io::stdout(), EnableBracketedPaste);
    let ended = talk(&mut terminal, session).await;
    if paste.is_ok() {
        let _ = execute!(std::io::stdout(), DisableBracketedPaste); // the terminal is given back either way
    }
    ratatui::restore();
    ended
}

async fn talk(terminal: &mut ratatui::DefaultTerminal, session: Session) -> Result<()> {
    let (orders, orders_in) = mpsc::channel(64);
    let (news, mut news_in) = mpsc::channel(256);
    let mut screen = Screen::new(session.client.profile.user_id, &session.client.profile.username);
    let worker = tokio::spawn(worker::run(session, orders_in, news));
    let mut keys = EventStream::new();
    loop {
        terminal.draw(|frame| view::draw(&mut screen, frame)).map_err(broken)?;
        tokio::select! {
            event = keys.next() => match event {
                Some(Ok(event)) => {
                    if matches!(event, Event::Resize(..)) {
                        continue;
                    }
                    for order in screen.on_event(&event) {
                        // a worker that is gone has told why
                        let _ = orders.send(order).await;
                    }
                }
                Some(Err(e)) => return Err(broken(e)),
                None => break,
            },
            update = news_in.recv() => match update {
                Some(update) => for order in screen.on_news(update) {
                    let _ = orders.send(order).await;
                },
                None => break,
            },
        }
        if screen.is_over() {
            break;
        }
    }
    drop(orders);
    worker.await.map_err(|e| Error::told(format!("The session broke down: {e}")))?
}

fn broken(e: std::io::Error) -> Error {
    Error::told(format!("The terminal can't be used: {e}"))
}
