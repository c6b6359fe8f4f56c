//! Markdown (CommonMark with the tables of GitHub Flavored Markdown).
//!
//! A table with merged cells is written as HTML, which Markdown takes as it is: its own tables
//! have no merged cells.

use crate::review::FileReading;

use super::flow::{self, Align, Block, Marker, NumberForm, View, table, table::Grid};

/// The text of all pages; a rule parts them.
pub fn markdown(reading: &FileReading) -> String {
    let mut text = String::new();
    for (i, page) in flow::pages(reading).iter().enumerate() {
        if i > 0 {
            text.push_str("\n---\n\n");
        }
        let view = View::of(page.reading);
        for (n, block) in page.blocks.iter().enumerate() {
            let list = |b: Option<&Block<'_>>| b.and_then(native).is_some();
            let before = n.checked_sub(1).and_then(|b| page.blocks.get(b));
            if n > 0 && !(list(Some(block)) && list(before)) {
                text.push('\n');
            }
            match block {
                Block::Heading { level, text: t, .. } => {
                    text.push_str(&format!("{} {}\n", "#".repeat((*level).into()), inline(t)));
                }
                Block::Paragraph { text: t, .. } => text.push_str(&format!("{}\n", line_start(&inline(t)))),
                Block::Item { marker, text: t } => match native(block) {
                    Some(sign) => text.push_str(&format!("{sign} {}\n", line_start(&inline(t)))),
                    None => text.push_str(&format!("{}{}\n", marker.printed(), inline(t))),
                },
                Block::Table(t) => text.push_str(&of_table(&Grid::of(t), &view)),
            }
        }
    }
    text
}

/// The item's marker, where Markdown has lists with such.
fn native(block: &Block<'_>) -> Option<String> {
    match block {
        Block::Item { marker: Marker::Bullet, .. } => Some("-".to_owned()),
        Block::Item {
            marker:
                Marker::Number { number, form: NumberForm::Decimal, before: "", after: after @ ("." | ")") },
            ..
        } => Some(format!("{number}{after}")),
        _ => None,
    }
}

/// Text whose signs mean nothing but themselves; what stands apart on a line, parted by an em
/// space each, as Markdown drops other spaces.
fn inline(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '~' | '$' => out.extend(['\\', c]),
            '&' => out.push_str("&amp;"),
            '\t' => out.push_str("\u{2003}\u{2003}"),
            '\n' => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

/// A paragraph that begins as a heading, list, or rule would, made one that does not.
fn line_start(text: &str) -> String {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let after = text.get(digits..).unwrap_or_default();
    if digits > 0 && after.starts_with(['.', ')']) {
        let (number, rest) = text.split_at(digits);
        format!("{number}\\{rest}")
    } else if text.starts_with(['#', '+', '-', '=']) {
        format!("\\{text}")
    } else {
        text.to_owned()
    }
}

fn of_table(grid: &Grid<'_>, view: &View<'_>) -> String {
    if grid.has_merges() { html(grid, view) } else { pipes(grid, view) }
}

/// A table of pipes, its first row the heading.
fn pipes(grid: &Grid<'_>, view: &View<'_>) -> String {
    let mut rows = vec![vec![String::new(); grid.cols]; grid.rows];
    let mut votes = vec![[0usize; 3]; grid.cols];
    for placed in &grid.cells {
        if let Some(place) = rows.get_mut(placed.row).and_then(|r| r.get_mut(placed.col)) {
            *place = placed.cell.text.lines().map(inline).collect::<Vec<_>>().join("<br>");
        }
        if let Some(votes) = votes.get_mut(placed.col) {
            votes[match table::align(placed.cell, view) {
                Align::Left => 0,
                Align::Center => 1,
                Align::Right => 2,
            }] += 1;
        }
    }
    let rule = votes.iter().map(|[left, center, right]| {
        if right > &(left + center) {
            "---:"
        } else if center > &(left + right) {
            ":---:"
        } else {
            "---"
        }
    });
    let rule = format!("|{}|\n", rule.collect::<Vec<_>>().join("|"));
    let mut lines = rows.iter().map(|cells| format!("| {} |\n", cells.join(" | ")));
    lines.next().unwrap_or_default() + &rule + &lines.collect::<String>()
}

fn html(grid: &Grid<'_>, view: &View<'_>) -> String {
    let mut text = String::from("<table>\n");
    for row in 0..grid.rows {
        text.push_str("<tr>");
        for placed in grid.cells.iter().filter(|p| p.row == row) {
            text.push_str("<td");
            for (name, span) in [("rowspan", placed.rows), ("colspan", placed.cols)] {
                if span > 1 {
                    text.push_str(&format!(" {name}=\"{span}\""));
                }
            }
            match table::align(placed.cell, view) {
                Align::Left => {}
                Align::Center => text.push_str(" align=\"center\""),
                Align::Right => text.push_str(" align=\"right\""),
            }
            let escaped = placed.cell.text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
            text.push_str(&format!(">{}</td>", escaped.replace('\n', "<br>")));
        }
        text.push_str("</tr>\n");
    }
    text.push_str("</table>\n");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_mean_only_themselves() {
        assert_eq!(inline("a*b_c|<d>&"), "a\\*b\\_c\\|\\<d\\>&amp;");
        assert_eq!(line_start("2024. 年"), "2024\\. 年");
        assert_eq!(line_start("# 号"), "\\# 号");
        assert_eq!(line_start("- 12"), "\\- 12");
        assert_eq!(line_start("普通"), "普通");
    }
}
