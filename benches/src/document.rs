//! docs/performance.md: its prose is written by hand; what stands between the markers is made here from the results.
use crate::plot::{Line, Plot};
use crate::result::Result;
use crate::results::{Results, Set};
use std::fmt::Write;
use std::path::Path;

const PAGE: &str = "docs/performance.md";
const FOLDER: &str = "docs/performance";

/// Puts the results into the page and draws the plots. Parts without results stay as they are.
pub fn write(results: &Results) -> Result<()> {
    let mut page = std::fs::read_to_string(PAGE)?;
    page = replaced(&page, "machine", &machine(results))?;
    for (step, sets) in &results.steps {
        page = replaced(&page, step, &sets.iter().map(tables).collect::<String>())?;
    }
    page = replaced(&page, "goals", &goals(results))?;
    std::fs::create_dir_all(FOLDER)?;
    if let Some(set) = results.steps.get("members").and_then(|sets| sets.first()) {
        std::fs::write(Path::new(FOLDER).join("members.svg"), members(set).svg())?;
    }
    Ok(std::fs::write(PAGE, page)?)
}

/// The page with another text between `<!-- NAME -->` and `<!-- /NAME -->`.
fn replaced(page: &str, name: &str, text: &str) -> Result<String> {
    let (open, close) = (format!("<!-- {name} -->\n"), format!("<!-- /{name} -->"));
    let missing = || format!("{PAGE} has no place for {name}: it needs the markers {} and {close}", open.trim());
    let begin = page.find(&open).ok_or_else(missing)? + open.len();
    let end = begin + page[begin..].find(&close).ok_or_else(missing)?;
    Ok(format!("{}{text}{}", &page[..begin], &page[end..]))
}

fn machine(results: &Results) -> String {
    let m = &results.machine;
    let pinned = if m.is_pinned { "server and clients pinned to a core each" } else { "server and clients not pinned" };
    format!(
        "{}, {} cores, {} GiB, Linux {}, {}; {}; commit {}, {pinned}.\n",
        m.processor, m.cores, m.memory_gib, m.kernel, m.filesystem, m.date, m.commit
    )
}

fn tables(set: &Set) -> String {
    let mut text = format!("\n**{}**\n\n", set.title);
    text.push_str("| figure | of | min / median / max | ratio | goal |\n| --- | --- | --- | --- | --- |\n");
    for figure in &set.figures {
        let value = if figure.value.rounds == 1 { crate::spread::short(figure.value.median) } else { figure.value.to_string() };
        let ratio = figure.ratio.as_ref().map_or(String::new(), |ratio| format!("{} of {}", ratio.value, ratio.to));
        let goal = figure.goal.map_or(String::new(), |goal| format!("{goal}: **{}**", figure.verdict()));
        let _ = writeln!(text, "| {} | {} | {value} {} | {ratio} | {goal} |", figure.name, figure.of, figure.unit);
    }
    for note in set.notes.iter().chain([&set.noise()]).filter(|note| !note.is_empty()) {
        let _ = write!(text, "\n{note}.\n");
    }
    text
}

/// Everything that has a goal, in one table.
fn goals(results: &Results) -> String {
    let mut text = String::from("| what | goal | found | |\n| --- | --- | --- | --- |\n");
    for (step, sets) in &results.steps {
        for set in sets {
            for figure in set.figures.iter().filter(|figure| figure.of == "snug") {
                let Some(goal) = figure.goal else { continue };
                let unit = figure.ratio.as_ref().map_or(figure.unit.clone(), |ratio| format!("× {}", ratio.to));
                let found = crate::spread::short(figure.judged());
                let _ = writeln!(text, "| {step}, {}: {} | {goal} {unit} | {found} | {} |", set.title, figure.name, figure.verdict());
            }
        }
    }
    text
}

fn members(set: &Set) -> Plot {
    let line = |of: &str, name: &str| Line {
        name: name.to_owned(),
        points: set
            .figures
            .iter()
            .filter(|figure| figure.of == of)
            .filter_map(|figure| {
                let members = figure.name.split(' ').next()?.replace(',', "").parse().ok()?;
                Some((members, figure.value.median, (figure.value.min, figure.value.max)))
            })
            .collect(),
    };
    Plot {
        title: "One durable message to everybody in a room".to_owned(),
        x: "members connected".to_owned(),
        y: "send to last member, ms".to_owned(),
        lines: vec![line("snug", "Snug"), line("floor durable", "floor")],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_between_markers_changes() {
        let page = "a\n<!-- x -->\nold\n<!-- /x -->\nb\n";
        assert_eq!(replaced(page, "x", "new\n").unwrap(), "a\n<!-- x -->\nnew\n<!-- /x -->\nb\n");
        assert!(replaced(page, "y", "").is_err());
    }
}
