//! Plain text: each page's lines in reading order.

use crate::review::FileReading;

/// The text of all pages, one line a text line; pages after the first follow a form feed.
///
/// A blank line parts regions of the page, as it parts paragraphs in a letter.
pub fn plain(reading: &FileReading) -> String {
    let mut text = String::new();
    for (i, page) in reading.pages.iter().enumerate() {
        if i > 0 {
            text.push('\u{c}');
        }
        let s = &page.structure;
        let region_of = |line: usize| s.regions.iter().position(|r| r.lines.contains(&line));
        let mut before = None;
        for (n, line) in s.lines.iter().enumerate() {
            let region = region_of(n);
            if n > 0 && region != before {
                text.push('\n');
            }
            before = region;
            text.push_str(&line.text);
            text.push('\n');
        }
    }
    text
}
