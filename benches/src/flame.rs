//! A profile from `perf script`: stacks folded, a flame graph of them as SVG, and the functions that took most.
use std::collections::BTreeMap;
use std::fmt::Write;

const WIDTH: f64 = 1_600.0;
const ROW: f64 = 17.0;
const TOP: f64 = 40.0;
/// Narrower boxes are left out, in pixels.
const LEAST: f64 = 0.4;
/// Pixels of a letter.
const LETTER: f64 = 6.6;

/// How often each stack was seen; functions from the outermost to the innermost.
pub type Stacks = BTreeMap<Vec<String>, u64>;

/// Reads the output of `perf script -F comm,ip,sym`: a line for each sample with the thread's name, then a line for each
/// function, innermost first, then an empty one.
pub fn fold(script: &str) -> Stacks {
    let mut stacks = Stacks::new();
    for sample in script.split("\n\n") {
        let mut lines = sample.lines().filter(|line| !line.trim().is_empty());
        let Some(thread) = lines.next() else { continue };
        let mut stack: Vec<String> = lines.map(|line| function(line).to_owned()).collect();
        stack.push(thread.trim().to_owned());
        stack.reverse();
        *stacks.entry(stack).or_default() += 1;
    }
    stacks
}

/// The name in a line like `  7f00 snug::ws::run+0x1c`.
fn function(line: &str) -> &str {
    let name = line.trim().split_once(' ').map_or(line.trim(), |(_, name)| name.trim());
    name.rsplit_once("+0x").map_or(name, |(name, _)| name)
}

/// The functions in which most samples ended, with their shares: by themselves, and with all that they called.
pub fn top(stacks: &Stacks, count: usize) -> Vec<(String, f64, f64)> {
    let total: u64 = stacks.values().sum();
    let (mut own, mut whole): (BTreeMap<&str, u64>, BTreeMap<&str, u64>) = Default::default();
    for (stack, times) in stacks {
        let mut functions: Vec<&str> = stack[1..].iter().map(String::as_str).collect();
        if let Some(last) = functions.last() {
            *own.entry(last).or_default() += times;
        }
        functions.sort_unstable();
        functions.dedup(); // a recursion counts once
        functions.into_iter().for_each(|name| *whole.entry(name).or_default() += times);
    }
    let share = |times: u64| times as f64 / total.max(1) as f64 * 100.0;
    let mut found: Vec<_> = own.into_iter().map(|(name, times)| (name.to_owned(), share(times), share(whole[name]))).collect();
    found.sort_by(|a, b| b.1.total_cmp(&a.1));
    found.truncate(count);
    found
}

#[derive(Default)]
struct Box {
    times: u64,
    inside: BTreeMap<String, Box>,
}

impl Box {
    fn add(&mut self, stack: &[String], times: u64) {
        self.times += times;
        if let Some((first, rest)) = stack.split_first() {
            self.inside.entry(first.clone()).or_default().add(rest, times);
        }
    }

    fn depth(&self) -> usize {
        1 + self.inside.values().map(Box::depth).max().unwrap_or(0)
    }

    fn draw(&self, svg: &mut String, name: &str, at: f64, row: usize, scale: f64, total: u64) {
        let width = self.times as f64 * scale;
        if width < LEAST {
            return;
        }
        let (y, share) = (TOP + row as f64 * ROW, self.times as f64 / total as f64 * 100.0);
        let sum = name.bytes().fold(7_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(u32::from(byte)));
        let (hue, light) = (if name.starts_with("snug") { 205 } else { 20 + sum % 35 }, 58 + (sum >> 8) % 14);
        let shown: String = name.chars().take((width / LETTER) as usize).collect();
        let text = if shown.len() < 3 {
            String::new()
        } else {
            format!(r#"<text x="{:.1}" y="{:.1}">{}</text>"#, at + 2.0, y + 12.5, escaped(&shown))
        };
        let _ = writeln!(
            svg,
            r#"<g><title>{} ({share:.2} %)</title><rect x="{at:.1}" y="{y:.1}" width="{width:.1}" height="{:.1}" fill="hsl({hue} 75% {light}%)" rx="1"/>{text}</g>"#,
            escaped(name),
            ROW - 1.0
        );
        let mut x = at;
        for (name, inside) in &self.inside {
            inside.draw(svg, name, x, row + 1, scale, total);
            x += inside.times as f64 * scale;
        }
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// The flame graph, outermost functions on top. Hovering shows names and shares.
pub fn svg(stacks: &Stacks, title: &str) -> String {
    let mut all = Box::default();
    stacks.iter().for_each(|(stack, times)| all.add(stack, *times));
    let height = TOP + ROW * all.depth() as f64 + 10.0;
    let mut svg = format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="ui-monospace, monospace" font-size="11">
<rect width="{WIDTH}" height="{height}" fill="#fafafa"/>
<text x="10" y="24" font-size="15">{}, {} samples</text>
"##,
        escaped(title),
        all.times
    );
    let total = all.times.max(1);
    all.draw(&mut svg, "all", 10.0, 0, (WIDTH - 20.0) / total as f64, total);
    svg.push_str("</svg>\n");
    svg
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCRIPT: &str =
        "tokio-rt \n\t  ffff send+0x10\n\t  5555 snug::fan_out+0x2\n\ntokio-rt \n\t  5555 snug::fan_out+0x9\n\nwriter \n\t 1 a<b>+0x1\n";

    #[test]
    fn samples_are_folded() {
        let stacks = fold(SCRIPT);
        assert_eq!(stacks.len(), 3);
        assert_eq!(stacks[&["tokio-rt", "snug::fan_out", "send"].map(str::to_owned).to_vec()], 1);
        let top = top(&stacks, 2);
        assert_eq!(top.len(), 2);
        let fan_out = super::top(&stacks, 9).into_iter().find(|found| found.0 == "snug::fan_out").unwrap();
        assert!((fan_out.1 - 33.3).abs() < 0.1 && (fan_out.2 - 66.7).abs() < 0.1);
    }

    #[test]
    fn the_graph_is_well_formed() {
        let svg = svg(&fold(SCRIPT), "a & b");
        assert!(svg.contains("a &amp; b, 3 samples") && svg.contains("a&lt;b&gt;"));
        assert_eq!(svg.matches("<g>").count(), svg.matches("</g>").count());
    }
}
