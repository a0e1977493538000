//! `snug man DIR`: the manual's pages, one per command, from the same definition as the help. Packages carry them.
use super::Arguments;
use clap::CommandFactory;
use clap_mangen::Man;
use snug_base::{Code, Result};
use std::io::Write;
use std::path::Path;

/// What no command's definition says; at the end of the first page.
const FILES: &str = r#".SH FILES
.TP
\fI/etc/snug/snug.toml\fR
The configuration of a node that runs as a service; a file \fIsnug.toml\fR in the data folder goes before it.
\fBsnug config example\fR prints one with every setting.
.TP
\fI/var/lib/snug\fR
The data folder of a node that runs as a service or as root: database, pictures, certificates, and the master key, without which its secrets can not be opened.
.TP
\fI~/.local/state/snug\fR
The data folder of a node that a user runs.
.TP
\fI~/.local/share/snug/client\fR
The profiles of the terminal client.
"#;

/// Writes `snug.1`, `snug-status.1` and so on into a folder, which is made if it is missing.
pub fn run(folder: &Path) -> Result<()> {
    let written = std::fs::create_dir_all(folder).and_then(|()| {
        let mut command = Arguments::command().disable_help_subcommand(true);
        command.build();
        write_pages(&command, folder, FILES)
    });
    written.map_err(|e| Code::Internal.error(format!("The manual can't be written into {}: {e}.", folder.display())))
}

fn write_pages(command: &clap::Command, folder: &Path, end: &str) -> std::io::Result<()> {
    for inner in command.get_subcommands().filter(|inner| !inner.is_hide_set()) {
        write_pages(inner, folder, "")?;
    }
    // without a date: the same sources give the same page
    let page = Man::new(command.clone()).source(format!("Snug {}", env!("CARGO_PKG_VERSION"))).manual("Snug");
    let mut text = Vec::new();
    page.render(&mut text)?;
    text.write_all(end.as_bytes())?;
    std::fs::write(folder.join(page.get_filename()), text)
}
