//! A small plot as SVG: lines over a logarithmic axis, readable on light and dark ground.
use std::fmt::Write;

const WIDTH: f64 = 780.0;
const HEIGHT: f64 = 420.0;
const LEFT: f64 = 78.0;
const RIGHT: f64 = 40.0;
const TOP: f64 = 52.0;
const BOTTOM: f64 = 52.0;
/// Readable on white and on black, told apart by people who don't see all colours; lines differ in their dashes, too.
const COLORS: [&str; 4] = ["#3b82f6", "#d97706", "#0d9488", "#a855f7"];
const DASHES: [&str; 4] = ["none", "6 4", "2 3", "10 3 2 3"];

/// A line with a name.
pub struct Line {
    pub name: String,
    /// x, y, and the range of y.
    pub points: Vec<(f64, f64, (f64, f64))>,
}

/// Both axes are logarithmic; x shows its own values.
pub struct Plot {
    pub title: String,
    pub x: String,
    pub y: String,
    pub lines: Vec<Line>,
}

struct Scale {
    from: f64,
    to: f64,
    begin: f64,
    end: f64,
}

impl Scale {
    fn at(&self, value: f64) -> f64 {
        let share = (value.ln() - self.from.ln()) / (self.to.ln() - self.from.ln());
        self.begin + share * (self.end - self.begin)
    }
}

fn range(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let (least, most) = values.filter(|v| *v > 0.0).fold((f64::INFINITY, 0.0_f64), |(a, b), v| (a.min(v), b.max(v)));
    if least.is_finite() && least < most { (least, most) } else { (1.0, 10.0) }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

impl Plot {
    /// The whole document.
    pub fn svg(&self) -> String {
        let points = || self.lines.iter().flat_map(|line| &line.points);
        let (x_from, x_to) = range(points().map(|p| p.0));
        let (y_from, y_to) = range(points().flat_map(|p| [p.2.0, p.2.1, p.1]));
        let x = Scale { from: x_from, to: x_to, begin: LEFT, end: WIDTH - RIGHT };
        let y = Scale { from: y_from / 1.3, to: y_to * 1.3, begin: HEIGHT - BOTTOM, end: TOP };
        let mut svg = format!(
            r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="system-ui, sans-serif" font-size="13" role="img" aria-label="{title}">
<style>text {{ fill: #1f2937 }} .grid {{ stroke: #9ca3af; stroke-opacity: .35 }} @media (prefers-color-scheme: dark) {{ text {{ fill: #e5e7eb }} }}</style>
<text x="{LEFT}" y="22" font-size="15" font-weight="600">{title}</text>
"##,
            title = escaped(&self.title)
        );
        self.axes(&mut svg, &x, &y);
        for (i, line) in self.lines.iter().enumerate() {
            draw(&mut svg, line, i % COLORS.len(), &x, &y);
        }
        svg.push_str("</svg>\n");
        svg
    }

    fn axes(&self, svg: &mut String, x: &Scale, y: &Scale) {
        let mut values: Vec<f64> = self.lines.iter().flat_map(|line| line.points.iter().map(|p| p.0)).collect();
        values.sort_by(f64::total_cmp);
        values.dedup();
        for value in values {
            let (at, bottom) = (x.at(value), HEIGHT - BOTTOM);
            let _ = writeln!(svg, r#"<line class="grid" x1="{at:.1}" x2="{at:.1}" y1="{TOP}" y2="{bottom}"/>"#);
            let label = crate::spread::count(value as usize);
            let _ = writeln!(svg, r#"<text x="{at:.1}" y="{:.1}" text-anchor="middle">{label}</text>"#, bottom + 18.0);
        }
        for value in ticks(y.from, y.to) {
            let at = y.at(value);
            let _ = writeln!(svg, r#"<line class="grid" x1="{LEFT}" x2="{}" y1="{at:.1}" y2="{at:.1}"/>"#, WIDTH - RIGHT);
            let _ =
                writeln!(svg, r#"<text x="{}" y="{:.1}" text-anchor="end">{}</text>"#, LEFT - 8.0, at + 4.0, crate::spread::plain(value));
        }
        let _ = writeln!(
            svg,
            r#"<text x="{}" y="{}" text-anchor="middle">{}</text>"#,
            (LEFT + WIDTH - RIGHT) / 2.0,
            HEIGHT - 10.0,
            escaped(&self.x)
        );
        let middle = (TOP + HEIGHT - BOTTOM) / 2.0;
        let _ = writeln!(svg, r#"<text transform="translate(18 {middle}) rotate(-90)" text-anchor="middle">{}</text>"#, escaped(&self.y));
    }
}

/// 1, 2, 5, 10 … between two values.
fn ticks(from: f64, to: f64) -> Vec<f64> {
    let mut found = Vec::new();
    let mut power = 10_f64.powf(from.log10().floor());
    while power <= to {
        found.extend([1.0, 2.0, 5.0].map(|step| step * power).into_iter().filter(|tick| (from..=to).contains(tick)));
        power *= 10.0;
    }
    found
}

fn draw(svg: &mut String, line: &Line, style: usize, x: &Scale, y: &Scale) {
    let (color, dashes) = (COLORS[style], DASHES[style]);
    let path: Vec<String> = line.points.iter().map(|p| format!("{:.1},{:.1}", x.at(p.0), y.at(p.1))).collect();
    let _ = writeln!(
        svg,
        r#"<polyline points="{}" fill="none" stroke="{color}" stroke-width="2" stroke-dasharray="{dashes}"/>"#,
        path.join(" ")
    );
    for (at, value, (least, most)) in &line.points {
        let (cx, cy) = (x.at(*at), y.at(*value));
        let _ = writeln!(
            svg,
            r#"<line x1="{cx:.1}" x2="{cx:.1}" y1="{:.1}" y2="{:.1}" stroke="{color}"/><circle cx="{cx:.1}" cy="{cy:.1}" r="3.5" fill="{color}"/>"#,
            y.at(*least),
            y.at(*most)
        );
    }
    let left = LEFT + 190.0 * style as f64;
    let _ = writeln!(
        svg,
        r#"<line x1="{left}" x2="{}" y1="39" y2="39" stroke="{color}" stroke-width="2" stroke-dasharray="{dashes}"/>"#,
        left + 26.0
    );
    let _ = writeln!(svg, r#"<text x="{}" y="43">{}</text>"#, left + 32.0, escaped(&line.name));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plot_is_well_formed_and_inside_its_frame() {
        let line = |name: &str, factor: f64| Line {
            name: name.to_owned(),
            points: [500.0, 1_000.0, 19_000.0].map(|n| (n, n * factor, (n * factor * 0.9, n * factor * 1.2))).to_vec(),
        };
        let plot =
            Plot { title: "a < b & c".into(), x: "members".into(), y: "ms".into(), lines: vec![line("floor", 0.01), line("snug", 0.012)] };
        let svg = plot.svg();
        assert!(svg.contains("a &lt; b &amp; c") && svg.contains("19,000") && svg.ends_with("</svg>\n"));
        assert_eq!(svg.matches("<polyline").count(), 2);
        assert_eq!(svg.matches('<').count(), svg.matches('>').count());
        let centres = svg.split("cy=\"").skip(1).map(|rest| rest.split('"').next().unwrap().parse::<f64>().unwrap());
        assert!(centres.into_iter().all(|cy| (TOP..HEIGHT - BOTTOM).contains(&cy)));
    }

    #[test]
    fn ticks_are_round() {
        assert_eq!(ticks(0.8, 30.0), vec![1.0, 2.0, 5.0, 10.0, 20.0]);
    }
}
