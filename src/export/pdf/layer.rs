//! The invisible text of a page: each line on its own baseline, turned as it is, its words
//! stretched to where they are printed.

use pdf_writer::{Content, Name, Str, types::TextRenderingMode};

use crate::{geometry::Quad, ocr::TextLine};

use super::font::{self, Glyphs};

/// A blank of this many line heights between two characters parts runs: within one, characters
/// are spread evenly.
const BLANK: f32 = 0.5;
/// Least stretch in per cent: viewers take 0 for an error.
const LEAST_SCALING: f32 = 1.0;

/// Writes the lines. `scale`: points a pixel; `page_height` in points.
pub fn write(
    content: &mut Content,
    lines: &[TextLine],
    scale: f32,
    page_height: f32,
    font: Name<'_>,
    glyphs: &mut Glyphs,
) {
    content.begin_text();
    content.set_text_rendering_mode(TextRenderingMode::Invisible);
    for line in lines {
        let height = line.quad.height() * scale;
        let width = line.quad.width();
        if line.text.trim().is_empty() || !(height > 0.1 && width > 0.1) {
            continue;
        }
        let angle = -line.quad.angle().to_radians();
        let (sin, cos) = angle.sin_cos();
        // The quad's lower left corner, raised by the part of the type that lies below the baseline.
        let below = -f32::from(font::DESCENT) / 1000.0 * height;
        let corner = line.quad.0[3];
        let x = corner.x * scale - sin * below;
        let y = page_height - corner.y * scale + cos * below;
        content.set_font(font, height);
        content.set_text_matrix([cos, sin, -sin, cos, x, y]);
        for run in runs(line) {
            let nominal: f32 = run.text.iter().map(|c| font::ems(*c)).sum::<f32>() * height;
            let scaling = 100.0 * (run.end - run.start) * width * scale / nominal;
            content.set_horizontal_scaling(scaling.max(LEAST_SCALING));
            let codes: Vec<u8> = run.text.iter().flat_map(|c| glyphs.number(*c).to_be_bytes()).collect();
            content.show(Str(&codes));
        }
    }
    content.end_text();
}

/// Characters that are spread evenly.
#[derive(Debug, PartialEq)]
struct Run {
    text: Vec<char>,
    /// Fractions of the line's width. A run ends where the next begins.
    start: f32,
    end: f32,
}

/// A line's characters in runs: words, spaces, and stretches of wide characters without blanks.
fn runs(line: &TextLine) -> Vec<Run> {
    let chars: Vec<char> = line.text.chars().collect();
    let places = places(line, &chars);
    let blank = BLANK * line.quad.height() / line.quad.width().max(1.0);
    let mut runs: Vec<Run> = Vec::new();
    let mut before: Option<(char, f32)> = None;
    for (&c, &(start, end)) in chars.iter().zip(&places) {
        // Runs meet in the middle of what lies between them.
        let joins = before.is_some_and(|(b, b_end)| kind(b) == kind(c) && start - b_end < blank);
        let edge = before.map_or(0.0, |(_, b_end)| (b_end + start) / 2.0);
        match runs.last_mut() {
            Some(run) if joins => run.text.push(c),
            last => {
                let edge = match last {
                    Some(run) => {
                        run.end = edge.clamp(run.start, 1.0);
                        run.end
                    }
                    None => 0.0,
                };
                runs.push(Run { text: vec![c], start: edge, end: 1.0 });
            }
        }
        before = Some((c, end));
    }
    runs
}

/// What may stand in one run.
fn kind(c: char) -> u8 {
    match c {
        c if c.is_whitespace() => 0,
        c if font::is_wide(c) => 1,
        _ => 2,
    }
}

/// Where each character begins and ends, as fractions of the line's width: as read, else by the
/// widths that characters usually have.
fn places(line: &TextLine, chars: &[char]) -> Vec<(f32, f32)> {
    if line.chars.len() == chars.len() && line.chars.iter().zip(chars).all(|(read, c)| read.char == *c) {
        let at = |x: f32, y: f32| along(&line.quad, x, y);
        return line
            .chars
            .iter()
            .map(|read| {
                let [a, b, c, d] = read.quad.0;
                let start = at((a.x + d.x) / 2.0, (a.y + d.y) / 2.0);
                let end = at((b.x + c.x) / 2.0, (b.y + c.y) / 2.0);
                (start.min(end), end.max(start))
            })
            .collect();
    }
    let all: f32 = chars.iter().map(|c| font::ems(*c)).sum::<f32>().max(0.1);
    let mut end = 0.0;
    chars
        .iter()
        .map(|c| {
            let start = end;
            end += font::ems(*c) / all;
            (start, end)
        })
        .collect()
}

/// How far along the quad's reading direction a point lies, 0 at its start, 1 at its end.
fn along(quad: &Quad, x: f32, y: f32) -> f32 {
    let [a, b, c, d] = quad.0;
    let (left, right) = (a.lerp(d, 0.5), b.lerp(c, 0.5));
    let (dx, dy) = (right.x - left.x, right.y - left.y);
    let length = dx * dx + dy * dy;
    if length <= 0.0 { 0.0 } else { (((x - left.x) * dx + (y - left.y) * dy) / length).clamp(0.0, 1.0) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ocr::CharReading;

    fn texts(runs: &[Run]) -> Vec<String> {
        runs.iter().map(|r| r.text.iter().collect()).collect()
    }

    #[test]
    fn words_stand_where_they_were_read() {
        let quad = Quad::from_rect(100.0, 50.0, 300.0, 70.0);
        // 合 at the start, 计 after a wide blank, then a number.
        let starts = [(100.0, '合'), (160.0, '计'), (180.0, ' '), (260.0, '1'), (270.0, '2')];
        let chars = starts.map(|(left, char)| CharReading {
            char,
            quad: Quad::from_rect(
                left,
                50.0,
                left + if char == '合' || char == '计' { 20.0 } else { 10.0 },
                70.0,
            ),
            confidence: 1.0,
        });
        let line = TextLine { text: "合计 12".into(), quad, chars: chars.into(), ..TextLine::default() };
        let found = runs(&line);
        assert_eq!(texts(&found), ["合", "计", " ", "12"]);
        let edges: Vec<f32> = found.iter().map(|r| (100.0 + 200.0 * r.start).round()).collect();
        assert_eq!(edges, [100.0, 140.0, 180.0, 225.0]);
        assert!(found.windows(2).all(|w| w[0].end == w[1].start) && found[3].end == 1.0);
    }

    #[test]
    fn lines_without_places_are_parted_by_usual_widths() {
        let quad = Quad::from_rect(0.0, 0.0, 80.0, 20.0);
        let line = TextLine { text: "金额 ab".into(), quad, ..TextLine::default() };
        let found = runs(&line);
        assert_eq!(texts(&found), ["金额", " ", "ab"]);
        assert!((found[1].start - 2.0 / 3.5).abs() < 1e-3, "{found:?}");
    }
}
