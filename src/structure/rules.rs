//! Printed rules: the long straight strokes that draw tables, frames and underlines.
//!
//! Works on the upright, deskewed view of a page, where rules run along rows and columns of
//! pixels up to the few degrees that perspective leaves. Decides nothing about tables.

use image::GrayImage;

use crate::{
    geometry::{Point, Rect},
    structure::{
        rule_contrast::{clear_parts, drop_pale},
        strokes::{LEAST_RUN, straight_strokes, strokes, strokes_down},
    },
};

/// One straight stroke from its left to its right or from its upper to its lower end.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rule {
    pub from: Point,
    pub to: Point,
}

impl Rule {
    pub fn length(&self) -> f32 {
        self.from.distance(self.to)
    }

    pub fn middle(&self) -> Point {
        self.from.lerp(self.to, 0.5)
    }

    /// The horizontal rules, long ones joined that go on where another ends; dashes stay apart.
    pub fn joined(mut rules: Vec<Rule>, text_height: f32) -> Vec<Rule> {
        rules.sort_by(|a, b| a.from.x.total_cmp(&b.from.x));
        let long = |r: &Rule| r.length() >= LEAST_JOINED * text_height;
        let mut out: Vec<Rule> = Vec::new();
        for rule in rules {
            let goes_on = |r: &&mut Rule| {
                let gap = (rule.from.x - r.to.x).abs();
                let level = (rule.from.y - r.to.y).abs() <= SAME_HEIGHT * text_height;
                long(&rule) && long(r) && level && gap <= JOINED_GAP * text_height
            };
            match out.iter_mut().find(goes_on) {
                Some(open) => open.to = rule.to,
                None => out.push(rule),
            }
        }
        out
    }

    /// Both ends multiplied by `by`.
    pub fn scaled(&self, by: f32) -> Rule {
        let scale = |p: Point| Point::new(p.x * by, p.y * by);
        Rule { from: scale(self.from), to: scale(self.to) }
    }

    pub(super) fn transposed(&self) -> Rule {
        let swap = |p: Point| Point::new(p.y, p.x);
        Rule { from: swap(self.from), to: swap(self.to) }
    }
}

/// The rules of a page, in pixels of the view they were found in.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Rules {
    pub horizontal: Vec<Rule>,
    pub vertical: Vec<Rule>,
}

/// A horizontal stroke without breaks that goes on for so many text heights where there is no text is no
/// stroke of characters, even if most of it touches the boxes of text above and below (in small print these
/// overlap).
const UNBROKEN: f32 = 0.95;
const LEAST_BESIDE: f32 = 3.0;
/// Horizontal rules of at least so many text heights are one if the gap between them is at most this wide
/// and they meet within this height: those of the cells of a row.
const LEAST_JOINED: f32 = 5.0;
const JOINED_GAP: f32 = 0.5;
const SAME_HEIGHT: f32 = 0.15;
/// Vertical strokes up to this many text heights may be those of two lines of characters.
const SHORT_SIDE: f32 = 3.5;
/// A longer vertical rule is drawn for at least this share of its length; strokes of characters in
/// the rows of a table leave the blank between the rows.
const SOLID: f32 = 0.85;
/// Share of a stroke's length that lies within lines of text.
const MOST_IN_LINES: f32 = 0.45;
/// Where it is longer and solid: in dense tables the strokes of neighbouring rows touch the rules between
/// them (reasoned: text fills up to 80 % of the rows' height there, and next to no column line has most
/// of its rows read as one line across it).
const MOST_IN_MANY: f32 = 0.6;
/// An unbroken one that goes on so many text heights above and below the characters of all lines that it meets
/// is the side of a cell in a row read as one line; this share of a line's box is blank above and below them.
const OUT_OF_LINE: f32 = 0.1;
const BLANK_EDGE: f32 = 0.12;
/// Rules are at least this many text heights long …
const LEAST_LENGTH: f32 = 1.2;
/// … and where text is clear, shorter ones: lines are read in boxes half as high again as their characters,
/// and rows of tight forms are not much higher than these.
const LEAST_LENGTH_CLEAR: f32 = 1.0;
/// Text whose lines are at least this high in view pixels is clear: in smaller print ends of strokes cannot be told
/// from rules (a table whose lines were read 25 pixels high, in rows of 19, fell into two).
const CLEAR_TEXT: f32 = 28.0;

/// Finds the rules in a view whose text has boxes `text` of typical height `text_height`
/// (view pixels). Strokes of the characters themselves are left out.
pub fn find_rules(view: &GrayImage, text: &[Rect], text_height: f32) -> Rules {
    let least = match text_height >= CLEAR_TEXT {
        true => (LEAST_LENGTH_CLEAR * text_height).max(1.5 * LEAST_RUN as f32),
        false => (LEAST_LENGTH * text_height).max(2.0 * LEAST_RUN as f32),
    };
    let mut horizontal = straight_strokes(&strokes(view), least);
    horizontal.retain(|(rule, solid)| {
        let goes_on = || *solid >= UNBROKEN && beside_text(rule, text) >= LEAST_BESIDE * text_height;
        !within_line(rule, text) && (!runs_through_text(rule, text) || goes_on())
    });
    let sideways: Vec<Rect> = text.iter().map(|t| Rect::new(t.top, t.left, t.bottom, t.right)).collect();
    let mut vertical = straight_strokes(&strokes_down(view), least);
    // Strokes of characters one below the other show as a whole what they are, not in parts.
    vertical.retain(|(rule, solid)| {
        !inside_glyph(rule, &sideways) && !strokes_in_lines(rule, *solid, &sideways, text_height)
    });
    let mut vertical: Vec<(Rule, u8)> =
        vertical.iter().flat_map(|(rule, _)| clear_parts(view, rule, text_height)).collect();
    vertical.retain(|(rule, _)| rule.to.x - rule.from.x >= least && !inside_glyph(rule, &sideways));
    drop_pale(&mut vertical, text_height);
    Rules {
        horizontal: horizontal.into_iter().map(|(rule, _)| rule).collect(),
        vertical: vertical.iter().map(|(rule, _)| rule.transposed()).collect(),
    }
}

/// Whether a horizontal stroke runs through the middle of text for most of its length: strokes of
/// neighbouring characters that happen to line up.
fn runs_through_text(rule: &Rule, text: &[Rect]) -> bool {
    let covered: f32 = text
        .iter()
        .filter(|t| {
            let margin = 0.15 * t.height();
            let x = rule.middle().x.clamp(t.left, t.right);
            let y = rule.from.y
                + (rule.to.y - rule.from.y) * (x - rule.from.x) / (rule.to.x - rule.from.x).max(1.0);
            y > t.top + margin && y < t.bottom - margin
        })
        .map(|t| (rule.to.x.min(t.right) - rule.from.x.max(t.left)).max(0.0))
        .sum();
    covered > 0.6 * (rule.to.x - rule.from.x)
}

/// Length of a horizontal stroke outside of all lines of text that it touches.
fn beside_text(rule: &Rule, text: &[Rect]) -> f32 {
    let y = rule.middle().y;
    let level = |t: &&Rect| y > t.top - 1.0 && y < t.bottom + 1.0;
    let mut stretches: Vec<(f32, f32)> = text
        .iter()
        .filter(level)
        .map(|t| (t.left.max(rule.from.x), t.right.min(rule.to.x)))
        .filter(|(from, to)| to > from)
        .collect();
    stretches.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (mut covered, mut reached) = (0.0, rule.from.x);
    for (from, to) in stretches {
        covered += (to - from.max(reached)).max(0.0);
        reached = reached.max(to);
    }
    rule.length() - covered
}

/// Whether a stroke lies within the extent of a single line of text, as strokes of its characters
/// and underlines do.
fn within_line(rule: &Rule, text: &[Rect]) -> bool {
    text.iter().any(|t| t.expanded(3.0).contains(rule.from) && t.expanded(3.0).contains(rule.to))
}

/// Whether a stroke lies wholly inside a line of text and is no longer than a character.
fn inside_glyph(rule: &Rule, text: &[Rect]) -> bool {
    text.iter().any(|t| {
        let around = t.expanded(2.0);
        around.contains(rule.from)
            && around.contains(rule.to)
            && rule.length() <= 1.3 * t.height().min(t.width())
    })
}

/// Whether a vertical stroke (`text` turned as it is) runs within lines of text for much of its
/// length and is short or has breaks, or runs within them for most of it: strokes of characters one
/// below the other. Sides of columns stand between the lines, or go on between one line and the next.
fn strokes_in_lines(rule: &Rule, solid: f32, text: &[Rect], text_height: f32) -> bool {
    let y = rule.middle().y;
    let margin = 0.25 * text_height;
    let covered: f32 = text
        .iter()
        .filter(|t| y > t.top + margin && y < t.bottom - margin)
        .map(|t| (rule.to.x.min(t.right) - rule.from.x.max(t.left)).max(0.0))
        .sum();
    let whole = rule.length() > SHORT_SIDE * text_height && solid >= SOLID;
    // Strokes of characters end within their lines, the sides of a cell above and below.
    let touched = |t: &&Rect| y > t.top && y < t.bottom && t.right > rule.from.x && t.left < rule.to.x;
    let goes_out = |t: &Rect| {
        let (top, bottom) = (t.left + BLANK_EDGE * t.width(), t.right - BLANK_EDGE * t.width());
        rule.from.x < top - OUT_OF_LINE * text_height && rule.to.x > bottom + OUT_OF_LINE * text_height
    };
    let clear = text_height >= CLEAR_TEXT;
    let is_side = clear && solid >= UNBROKEN && text.iter().filter(touched).all(goes_out);
    !is_side && covered > rule.length() * if whole { MOST_IN_MANY } else { MOST_IN_LINES }
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Luma;

    fn page() -> GrayImage {
        GrayImage::from_pixel(400, 300, Luma([240]))
    }

    fn fill(image: &mut GrayImage, left: u32, top: u32, right: u32, bottom: u32, level: u8) {
        for y in top..bottom {
            for x in left..right {
                image.put_pixel(x, y, Luma([level]));
            }
        }
    }

    #[test]
    fn dark_rules_are_found_over_small_breaks_and_slopes() {
        let mut image = page();
        fill(&mut image, 50, 100, 180, 102, 60);
        fill(&mut image, 183, 100, 350, 102, 60);
        for x in 50..350 {
            image.put_pixel(x, 200 + x / 25, Luma([200]));
        }
        fill(&mut image, 200, 20, 204, 280, 30);
        let rules = find_rules(&image, &[], 20.0);
        assert_eq!(rules.vertical.len(), 1, "{rules:?}");
        assert!((rules.vertical[0].length() - 260.0).abs() < 4.0);
        let level = rules.horizontal.iter().find(|r| (r.from.y - 101.0).abs() < 1.0).expect("level rule");
        assert!((level.length() - 300.0).abs() < 2.0);
        let sloping: f32 = rules.horizontal.iter().filter(|r| r.from.y > 190.0).map(Rule::length).sum();
        assert!(sloping > 280.0);
    }

    #[test]
    fn characters_on_a_patterned_ground_are_no_rules() {
        let mut image = page();
        fill(&mut image, 200, 100, 202, 160, 225);
        fill(&mut image, 200, 118, 202, 138, 30);
        assert_eq!(find_rules(&image, &[], 26.0).vertical, []);
        // A pale rule, and a clear one.
        fill(&mut image, 200, 100, 202, 160, 225);
        assert_eq!(find_rules(&image, &[], 26.0).vertical.len(), 1);
        fill(&mut image, 200, 100, 202, 160, 30);
        assert_eq!(find_rules(&image, &[], 26.0).vertical.len(), 1);
    }

    #[test]
    fn a_rule_ends_where_only_the_pale_ground_goes_on() {
        // A column line that is missing in the second of three rows, on a ground of pale lines.
        let mut image = page();
        fill(&mut image, 200, 40, 202, 260, 215);
        fill(&mut image, 200, 40, 202, 100, 30);
        fill(&mut image, 200, 160, 202, 260, 30);
        let found = find_rules(&image, &[], 26.0).vertical;
        let ends: Vec<(u32, u32)> =
            found.iter().map(|r| (r.from.y.round() as u32, r.to.y.round() as u32)).collect();
        assert_eq!(ends.len(), 2, "{found:?}");
        assert!(ends[0].1.abs_diff(100) <= 3 && ends[1].0.abs_diff(160) <= 3, "{ends:?}");
    }

    #[test]
    fn pale_lines_of_the_ground_are_no_rules_beside_clear_ones() {
        let mut image = page();
        for x in [40, 120, 200, 280, 340, 380] {
            fill(&mut image, x, 20, x + 2, 280, 30);
        }
        for (i, x) in [60, 90, 150, 230, 310].into_iter().enumerate() {
            fill(&mut image, x, 40 + 20 * i as u32, x + 2, 100 + 20 * i as u32, 220);
        }
        assert_eq!(find_rules(&image, &[], 26.0).vertical.len(), 6);
    }

    #[test]
    fn rules_near_the_border_and_through_crowded_text_stay() {
        let mut image = page();
        fill(&mut image, 394, 20, 396, 280, 60);
        fill(&mut image, 10, 150, 390, 152, 170);
        // Boxes of small print overlap the rule between the rows.
        let text: Vec<Rect> = [(20.0, 110.0), (130.0, 230.0), (250.0, 330.0)]
            .iter()
            .flat_map(|&(l, r)| [Rect::new(l, 135.0, r, 157.0), Rect::new(l, 145.0, r, 170.0)])
            .collect();
        let rules = find_rules(&image, &text, 20.0);
        assert_eq!((rules.vertical.len(), rules.horizontal.len()), (1, 1), "{rules:?}");
    }

    #[test]
    fn rules_of_neighbouring_cells_are_joined_and_dashes_are_not() {
        let rule = |from: f32, to: f32| Rule { from: Point::new(from, 50.0), to: Point::new(to, 51.0) };
        assert_eq!(Rule::joined(vec![rule(306.0, 600.0), rule(0.0, 300.0)], 20.0), [rule(0.0, 600.0)]);
        assert_eq!(Rule::joined(vec![rule(0.0, 40.0), rule(45.0, 85.0)], 20.0).len(), 2);
    }

    #[test]
    fn light_rules_and_edges_of_coloured_cells_count() {
        let mut image = page();
        fill(&mut image, 50, 50, 350, 120, 90);
        fill(&mut image, 200, 50, 202, 120, 230);
        let rules = find_rules(&image, &[], 20.0);
        assert_eq!(rules.horizontal.len(), 2, "{rules:?}");
        assert_eq!(rules.vertical.len(), 3, "{rules:?}");
    }

    #[test]
    fn the_side_of_a_cell_in_a_row_read_as_one_line_stays() {
        let mut image = page();
        fill(&mut image, 200, 100, 202, 138, 60);
        // The line's box is nearly as high as the row.
        let line = Rect::new(50.0, 103.0, 350.0, 135.0);
        assert_eq!(find_rules(&image, &[line], 32.0).vertical.len(), 1);
        let tall = Rect::new(50.0, 98.0, 350.0, 140.0);
        assert_eq!(find_rules(&image, &[tall], 32.0).vertical.len(), 0);
    }

    #[test]
    fn strokes_of_characters_are_no_rules() {
        let mut image = page();
        let text = Rect::new(48.0, 98.0, 352.0, 132.0);
        for x in (50..350).step_by(34) {
            fill(&mut image, x, 114, x + 31, 117, 30);
            fill(&mut image, x + 14, 100, x + 17, 130, 30);
        }
        assert_eq!(find_rules(&image, &[text], 20.0), Rules::default());
        assert_eq!(find_rules(&GrayImage::new(0, 0), &[], 20.0), Rules::default());
    }
}
