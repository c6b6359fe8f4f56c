//! Characters at their places, as a file's own text gives them, joined to lines.
//!
//! Serves every format that holds text; knows none of them.

use unicode_normalization::UnicodeNormalization;

use super::TextLayerLine;
use crate::geometry::Quad;

/// A larger gap than this, in heights of the text, ends a line: the columns of forms are wider
/// apart, the words of justified text closer together.
const MAX_GAP: f32 = 1.5;
/// Gaps above this part of the height, without a space in the text, are taken for a space between
/// pieces that were drawn apart.
const SPACE_GAP: f32 = 0.3;
/// Figures further apart than this part of the height stand in columns: a space between words, or between
/// the thousands of a figure, is a quarter to a third of it in the common faces.
const COLUMN_GAP: f32 = 0.45;
/// Baselines within this part of the height are the same line.
const SAME_BASELINE: f32 = 0.35;

/// One character at its place.
pub(super) struct Glyph {
    /// More than one where a ligature was taken apart.
    pub text: Vec<char>,
    pub quad: Quad,
}

/// Joins runs of characters, as the file has them in one stretch, to lines: a run is cut where the
/// direction or baseline changes or a gap opens, and pieces of one line are put together again.
pub(super) fn lines(runs: Vec<Vec<Glyph>>) -> Vec<Vec<Glyph>> {
    join_pieces(runs.into_iter().flat_map(split_at_gaps).collect())
        .into_iter()
        .flat_map(split_figures)
        .collect()
}

/// Characters that stand for a glyph without a known meaning.
pub(super) fn is_garbage(c: char) -> bool {
    c.is_control()
        || c == char::REPLACEMENT_CHARACTER
        || matches!(c, '\u{E000}'..='\u{F8FF}' | '\u{FFF0}'..='\u{FFFB}' | '\u{F0000}'..='\u{10FFFF}')
}

/// Radicals, compatibility ideographs and ligatures, which fonts map to by mistake, as the plain
/// characters (NFKC); all others as they are, so that full-width digits stay what is printed.
pub(super) fn normalised(c: char) -> Vec<char> {
    match c {
        '\u{2E80}'..='\u{2FDF}' | '\u{F900}'..='\u{FAFF}' | '\u{FB00}'..='\u{FB06}' => {
            std::iter::once(c).nfkc().collect()
        }
        _ => vec![c],
    }
}

/// A quad's place along and across its reading direction: (start, end, middle across, height).
fn extent(quad: &Quad, quarter: i32) -> (f32, f32, f32, f32) {
    let r = quad.bounds();
    match quarter {
        0 => (r.left, r.right, r.center().y, r.height()),
        1 => (r.top, r.bottom, -r.center().x, r.width()),
        2 => (-r.right, -r.left, -r.center().y, r.height()),
        _ => (-r.bottom, -r.top, r.center().x, r.width()),
    }
}

/// The reading direction in quarter turns clockwise, 0 to 3.
fn quarter(quad: &Quad) -> i32 {
    ((quad.angle() / 90.0).round() as i32).rem_euclid(4)
}

/// Cuts a run of characters where the direction or baseline changes or a gap opens; drops spaces
/// at the ends of the pieces and places the others between their neighbours.
fn split_at_gaps(run: Vec<Glyph>) -> Vec<Vec<Glyph>> {
    let mut pieces: Vec<Vec<Glyph>> = Vec::new();
    let mut space = false;
    for glyph in run {
        if glyph.text == [' '] {
            space = true;
            continue;
        }
        let place = |piece: &Vec<Glyph>| -> Option<Quad> {
            let last = piece.last()?.quad;
            let q = quarter(&last);
            let (_, end, across, height) = extent(&last, q);
            let (start, next_end, next_across, next_height) = extent(&glyph.quad, q);
            let height = height.max(next_height);
            let same = quarter(&glyph.quad) == q
                && (next_across - across).abs() <= SAME_BASELINE * height
                && start - end <= MAX_GAP * height
                && next_end >= end - 0.5 * height;
            same.then(|| between(&last, &glyph.quad))
        };
        match pieces.last_mut().and_then(|piece| place(piece).map(|gap| (piece, gap))) {
            Some((piece, gap)) => {
                if space {
                    piece.push(Glyph { text: vec![' '], quad: gap });
                }
                piece.push(glyph);
            }
            None => pieces.push(vec![glyph]),
        }
        space = false;
    }
    pieces
}

/// The place between two characters of a line.
fn between(before: &Quad, after: &Quad) -> Quad {
    let ([_, b, c, _], [d, _, _, e]) = (before.0, after.0);
    Quad([b, d, e, c])
}

/// Joins pieces of a line that were drawn one apart from the other, e.g. every character alone.
fn join_pieces(pieces: Vec<Vec<Glyph>>) -> Vec<Vec<Glyph>> {
    struct Piece {
        glyphs: Vec<Glyph>,
        quarter: i32,
        extent: (f32, f32, f32, f32),
    }
    let mut waiting: Vec<Piece> = pieces
        .into_iter()
        .filter_map(|glyphs| {
            let quarter = quarter(&glyphs.first()?.quad);
            let all = Quad::around(glyphs.iter().map(|g| &g.quad))?;
            Some(Piece { glyphs, quarter, extent: extent(&all, quarter) })
        })
        .collect();
    waiting.sort_by(|a, b| {
        (a.quarter.cmp(&b.quarter))
            .then(a.extent.2.total_cmp(&b.extent.2))
            .then(a.extent.0.total_cmp(&b.extent.0))
    });
    // Pieces of one line lie close together in this order, but not always side by side: look back
    // over the lines whose baseline is still near.
    let mut lines: Vec<Piece> = Vec::new();
    for piece in waiting {
        let (start, end, across, height) = piece.extent;
        let fits = |line: &Piece| {
            let (line_start, line_end, line_across, line_height) = line.extent;
            let h = height.min(line_height);
            let gap = (start - line_end).max(line_start - end);
            line.quarter == piece.quarter
                && (across - line_across).abs() <= SAME_BASELINE * h
                && height.max(line_height) <= 1.5 * h
                && (-0.3 * h..=h).contains(&gap)
        };
        let near = lines
            .iter()
            .enumerate()
            .rev()
            .take_while(|(_, l)| l.quarter == piece.quarter && across - l.extent.2 <= height.max(l.extent.3))
            .find(|(_, l)| fits(l))
            .map(|(at, _)| at);
        let Some(line) = near.and_then(|at| lines.get_mut(at)) else {
            lines.push(piece);
            continue;
        };
        let (line_start, line_end, line_across, line_height) = line.extent;
        let (mut first, second) = if start >= line_start {
            (std::mem::take(&mut line.glyphs), piece.glyphs)
        } else {
            (piece.glyphs, std::mem::take(&mut line.glyphs))
        };
        let gap = (start - line_end).max(line_start - end);
        if gap > SPACE_GAP * height
            && let (Some(before), Some(after)) = (first.last(), second.first())
        {
            let quad = between(&before.quad, &after.quad);
            first.push(Glyph { text: vec![' '], quad });
        }
        first.extend(second);
        line.glyphs = first;
        line.extent = (line_start.min(start), line_end.max(end), line_across, line_height.max(height));
    }
    lines.into_iter().map(|l| l.glyphs).collect()
}

/// Cuts a line between figures that stand in neighbouring columns, such as an amount and a rate: whatever the
/// file draws in one go, two of them apart are no one value.
fn split_figures(line: Vec<Glyph>) -> Vec<Vec<Glyph>> {
    let is_space = |g: &Glyph| g.text == [' '];
    let wide = |g: &Glyph| {
        let (start, end, _, height) = extent(&g.quad, quarter(&g.quad));
        end - start > COLUMN_GAP * height
    };
    let words: Vec<Option<Figure>> = line.split(is_space).map(figure).collect();
    let mut columns: Vec<Vec<Glyph>> = vec![Vec::new()];
    let mut word = 0;
    for glyph in line {
        if is_space(&glyph) {
            let pair = words.get(word).copied().flatten().zip(words.get(word + 1).copied().flatten());
            word += 1;
            let apart = pair.is_some_and(|(a, b)| Figure::Amount == a || Figure::Amount == b);
            if apart && wide(&glyph) {
                columns.push(Vec::new());
                continue;
            }
        }
        if let Some(column) = columns.last_mut() {
            column.push(glyph);
        }
    }
    columns.retain(|column| !column.is_empty());
    columns
}

#[derive(Clone, Copy, PartialEq)]
enum Figure {
    /// Digits alone: also a group of a longer number.
    Whole,
    /// With decimals or a percent sign.
    Amount,
}

/// What kind of figure a word is; `None` for other words.
fn figure(word: &[Glyph]) -> Option<Figure> {
    let text: String = word.iter().flat_map(|g| &g.text).collect();
    let bare = text.trim_start_matches(['-', '¥', '￥']);
    let bare = bare.strip_suffix('%').unwrap_or(bare);
    let (whole, decimals) = bare.split_once('.').unwrap_or((bare, ""));
    let digits = |s: &str| s.chars().all(|c| c.is_ascii_digit() || c == ',');
    if !whole.starts_with(|c: char| c.is_ascii_digit()) || !digits(whole) || !digits(decimals) {
        return None;
    }
    let amount = !decimals.is_empty() || text.ends_with('%');
    Some(if amount { Figure::Amount } else { Figure::Whole })
}

/// The glyphs of one line as a line of the text layer; `None` if there are none.
pub(super) fn into_line(glyphs: Vec<Glyph>) -> Option<TextLayerLine> {
    let direction = quarter(&glyphs.first()?.quad);
    let around = Quad::around(glyphs.iter().map(|g| &g.quad))?;
    let mut chars = Vec::with_capacity(glyphs.len());
    for Glyph { text, quad } in glyphs {
        let parts = text.len().max(1) as f32;
        for (at, c) in text.into_iter().enumerate() {
            chars.push((c, quad.slice(at as f32 / parts, (at + 1) as f32 / parts)));
        }
    }
    let text = chars.iter().map(|(c, _)| *c).collect();
    Some(TextLayerLine { text, quad: around.rolled(direction as usize), chars })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A run of characters, 10 high and 5 wide; a space takes `space`.
    fn run(text: &str, space: f32) -> Vec<Glyph> {
        let mut left = 0.0;
        text.chars()
            .map(|c| {
                let width = if c == ' ' { space } else { 5.0 };
                left += width;
                Glyph { text: vec![c], quad: Quad::from_rect(left - width, 0.0, left, 10.0) }
            })
            .collect()
    }

    fn texts(runs: Vec<Vec<Glyph>>) -> Vec<String> {
        lines(runs).into_iter().map(|line| line.iter().flat_map(|g| &g.text).collect()).collect()
    }

    #[test]
    fn figures_of_neighbouring_columns_are_lines_of_their_own() {
        assert_eq!(texts(vec![run("100.00 6% 6.00", 8.0)]), ["100.00", "6%", "6.00"]);
        assert_eq!(texts(vec![run("餐费 100.00 6%", 8.0)]), ["餐费 100.00", "6%"]);
        // Words, groups of a number and thousands stay together.
        assert_eq!(texts(vec![run("6222 0212 3456", 8.0)]), ["6222 0212 3456"]);
        assert_eq!(texts(vec![run("1 234.56", 3.0)]), ["1 234.56"]);
        assert_eq!(texts(vec![run("2024年 5.5 折", 8.0)]), ["2024年 5.5 折"]);
    }
}
