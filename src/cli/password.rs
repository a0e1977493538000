//! Passwords and passphrases that a person types.
use snug_base::{Code, Error, Result};
use std::io::{BufRead, IsTerminal};

/// A new one: asked for twice on a terminal, without showing it, or the first line of the standard input.
pub fn choose(what: &str, from_stdin: bool) -> Result<String> {
    if from_stdin {
        let mut line = String::new();
        std::io::stdin().lock().read_line(&mut line).map_err(Error::internal)?;
        return Ok(line.trim_end_matches(['\r', '\n']).to_owned());
    }
    let Some(password) = ask(what)? else {
        return Err(Code::Invalid
            .error("There is no terminal to ask on. Give it on the standard input, with --password-stdin or --passphrase-stdin."));
    };
    if ask("Again")?.is_some_and(|again| again == password) {
        Ok(password)
    } else {
        Err(Code::Invalid.error("The two are not the same. Try again."))
    }
}

/// One that is known; `None` where there is no terminal.
pub fn ask(what: &str) -> Result<Option<String>> {
    if !std::io::stdin().is_terminal() {
        return Ok(None);
    }
    rpassword::prompt_password(format!("{what}: ")).map(Some).map_err(Error::internal)
}
