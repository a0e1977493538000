//! The log as a file, for those who keep it elsewhere.
use super::list::AuditQuery;
use super::{Actor, AuditLine, Deed, DeedKind};
use crate::store;
use serde::Deserialize;
use snug_base::{App, Error, Result};
use utoipa::{IntoParams, ToSchema};

/// Lines in a file.
const MOST: i64 = 50_000;

/// What kind of file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    #[default]
    Json,
    Csv,
}

/// What kind of file, see [`Format`].
#[derive(Clone, Copy, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct FormatQuery {
    /// `json` unless told.
    #[serde(default)]
    #[param(inline)]
    pub format: Format,
}

/// The newest 50,000 lines that match. That they were taken away is remembered, too.
pub async fn export(app: &App, by: Actor, query: &AuditQuery, format: Format) -> Result<String> {
    let filter = query.check()?;
    let word = if format == Format::Csv { "csv" } else { "json" };
    let lines = by.act(app, move |tx| {
        let lines = store::audit::list(tx, &filter, MOST)?;
        let deed = Deed::new(DeedKind::AuditExported).fact("format", word).fact("lines", lines.len());
        Ok((lines, vec![deed]))
    });
    let lines = lines.await?;
    match format {
        Format::Json => serde_json::to_string_pretty(&lines).map_err(Error::internal),
        Format::Csv => Ok(csv(&lines)),
    }
}

/// RFC 4180.
fn csv(lines: &[AuditLine]) -> String {
    let mut text = "time,kind,actor,user,target,address,changes\r\n".to_owned();
    for line in lines {
        let changes = line.changes.iter().map(|change| {
            let after = change.after.as_deref().unwrap_or_default();
            match &change.before {
                Some(before) => format!("{}: {before} -> {after}", change.name),
                None => format!("{}: {after}", change.name),
            }
        });
        let changes = changes.collect::<Vec<_>>().join("; ");
        let of = |text: &Option<String>| cell(text.as_deref().unwrap_or_default());
        let cells = [
            line.at.to_string(),
            cell(line.kind.as_str()),
            of(&line.actor),
            of(&line.user),
            of(&line.target),
            of(&line.address),
            cell(&changes),
        ];
        text.push_str(&cells.join(","));
        text.push_str("\r\n");
    }
    text
}

/// Quoted where needed. What a table program would take for a formula is kept from being one.
fn cell(text: &str) -> String {
    let text = if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text.to_owned() };
    if text.contains([',', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

#[cfg(test)]
mod tests {
    use super::cell;

    #[test]
    fn a_cell_is_neither_two_cells_nor_a_formula() {
        assert_eq!(cell("plain"), "plain");
        assert_eq!(cell("a,b"), "\"a,b\"");
        assert_eq!(cell("say \"hi\""), "\"say \"\"hi\"\"\"");
        assert_eq!(cell("=HYPERLINK(1)"), "'=HYPERLINK(1)");
    }
}
