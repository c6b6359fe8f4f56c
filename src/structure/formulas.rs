//! Display formulas among the text lines: told by their signs and by standing alone between the margins.
//!
//! The reader was not made for mathematics: it gives a formula in one or several pieces, and misreads some.

use crate::{geometry::Rect, ocr::TextLine};

/// A formula in the upright frame.
#[derive(Debug, Clone, PartialEq)]
pub struct Formula {
    pub bounds: Rect,
    /// Indexes of its lines, its number's among them.
    pub lines: Vec<usize>,
}

/// Signs that only mathematics has in the middle of a page.
const STRONG: &str = "=∑∏∫∮√≤≥≈≠∞∂∇∈≡∝→⇒∪∩⊂∥∀∃";
const GREEK: std::ops::RangeInclusive<char> = 'Α'..='ω';
/// Words that stand in formulas.
const FUNCTIONS: [&str; 14] = [
    "exp", "log", "max", "min", "arg", "lim", "sin", "cos", "tan", "argmax", "argmin", "softmax", "sup",
    "inf",
];
/// A formula stands at least so many of its heights right of the column's margin, and as far from the right
/// one, its number aside.
const INDENT: f32 = 1.2;
/// Pieces of a formula are no further apart than this many text heights.
const PIECE_GAP: f32 = 0.35;
const PIECE_GAP_ACROSS: f32 = 2.0;
/// The text around a formula is no further from it than so many of its heights.
const REACH: f32 = 4.0;
/// Longer pieces are text.
const LONGEST_PIECE: usize = 24;

/// The formulas among the lines for which `free` holds; `height`: of the usual text.
pub fn formulas(
    lines: &[TextLine],
    boxes: &[Rect],
    free: impl Fn(usize) -> bool,
    height: f32,
) -> Vec<Formula> {
    let mut taken = vec![false; lines.len()];
    let mut out: Vec<Formula> = Vec::new();
    let cores: Vec<usize> = (0..lines.len()).filter(|&i| free(i) && is_core(&lines[i].text)).collect();
    for core in cores {
        if taken[core] {
            continue;
        }
        let mut formula = Formula { bounds: boxes[core], lines: vec![core] };
        loop {
            let next = (0..lines.len()).find(|&i| {
                let reach = Rect::new(
                    formula.bounds.left - PIECE_GAP_ACROSS * height,
                    formula.bounds.top - PIECE_GAP * height,
                    formula.bounds.right + PIECE_GAP_ACROSS * height,
                    formula.bounds.bottom + PIECE_GAP * height,
                );
                // A whole formula above or below is another one.
                let shared =
                    boxes[i].bottom.min(formula.bounds.bottom) - boxes[i].top.max(formula.bounds.top);
                let other = is_core(&lines[i].text) && shared < 0.3 * boxes[i].height();
                free(i)
                    && !other
                    && !taken[i]
                    && !formula.lines.contains(&i)
                    && is_piece(&lines[i].text)
                    && boxes[i].intersection(&reach).area() > 0.0
            });
            let Some(next) = next else { break };
            formula.bounds = formula.bounds.union(&boxes[next]);
            formula.lines.push(next);
        }
        let level = |i: &usize| {
            let c = boxes[*i].center().y;
            c > formula.bounds.top && c < formula.bounds.bottom && !formula.lines.contains(i) && free(*i)
        };
        let beside: Vec<usize> = (0..lines.len())
            .filter(level)
            .filter(|&i| in_column(&boxes[i], &formula.bounds, boxes, height))
            .collect();
        let numbers: Vec<usize> = beside.iter().copied().filter(|&i| is_number(&lines[i].text)).collect();
        let alone = beside.len() == numbers.len();
        if alone && is_apart(&formula.bounds, boxes, &formula.lines, height) {
            for &i in &numbers {
                formula.bounds = formula.bounds.union(&boxes[i]);
            }
            formula.lines.extend(numbers);
            formula.lines.sort_unstable();
            formula.lines.iter().for_each(|&i| taken[i] = true);
            out.push(formula);
        }
    }
    out
}

/// A line with a sign of mathematics, a letter, and no words.
fn is_core(text: &str) -> bool {
    let strong = text.chars().any(|c| STRONG.contains(c));
    let letter = text.chars().any(|c| c.is_ascii_alphabetic() || GREEK.contains(&c));
    let chars = text.chars().filter(|c| !c.is_whitespace()).count();
    strong
        && letter
        && chars >= 3
        && words(text) == 0
        && ideographs(text) <= 1
        && !text.contains([':', '：', '￥', '¥'])
        && !text.contains("//")
}

/// What may be a part of a formula: short, and without words.
fn is_piece(text: &str) -> bool {
    let chars = text.chars().filter(|c| !c.is_whitespace()).count();
    let capital = |c: char| c.is_ascii_uppercase();
    chars <= LONGEST_PIECE
        && words(text) == 0
        && ideographs(text) <= 1
        && !is_number(text)
        && text.chars().filter(|&c| capital(c)).count() <= 6
        && !text.contains(['、', '。', '，', ':', '：'])
}

/// `(3)`, `（2.1）`.
fn is_number(text: &str) -> bool {
    let inner = text.trim().strip_prefix(['(', '（']).and_then(|t| t.strip_suffix([')', '）']));
    inner.is_some_and(|t| {
        t.chars().count() <= 6 && t.starts_with(|c: char| c.is_ascii_digit() || c.is_ascii_uppercase())
    })
}

/// Words of four letters and more, a vowel among them, that are no functions: `Whht` is a row of variables.
fn words(text: &str) -> usize {
    text.split(|c: char| !c.is_ascii_alphabetic())
        .filter(|w| w.len() >= 4 && w.to_ascii_lowercase().contains(['a', 'e', 'i', 'o', 'u']))
        .filter(|w| !FUNCTIONS.iter().any(|f| w.to_ascii_lowercase().contains(f)))
        .count()
}

fn ideographs(text: &str) -> usize {
    text.chars().filter(|c| ('\u{4E00}'..='\u{9FFF}').contains(c)).count()
}

/// The left and right margin of the column that a formula stands in: those of the two lines above or of the two
/// below that share some width with it, whichever are narrower, as a line across all columns may stand above it.
fn margins(b: &Rect, boxes: &[Rect], own: &[usize]) -> Option<(f32, f32)> {
    let reach = REACH * b.height();
    let over = |o: &Rect| {
        o.left < b.right && o.right > b.left && o.bottom > b.top - reach && o.top < b.bottom + reach
    };
    let others = || boxes.iter().enumerate().filter(|(i, o)| over(o) && !own.contains(i)).map(|(_, o)| *o);
    let mut above: Vec<Rect> = others().filter(|o| o.bottom <= b.center().y).collect();
    let mut below: Vec<Rect> = others().filter(|o| o.top >= b.center().y).collect();
    above.sort_by(|x, y| y.bottom.total_cmp(&x.bottom));
    below.sort_by(|x, y| x.top.total_cmp(&y.top));
    let around = [above, below].map(|side| side.into_iter().take(2).reduce(|a, b| a.union(&b)));
    let wider = around.into_iter().flatten().filter(|o| o.width() > 1.15 * b.width());
    wider.min_by(|a, b| a.width().total_cmp(&b.width())).map(|o| (o.left, o.right))
}

/// Whether it stands away from both margins of the text around it.
fn is_apart(b: &Rect, boxes: &[Rect], own: &[usize], height: f32) -> bool {
    margins(b, boxes, own)
        .is_some_and(|(left, right)| b.left - left >= INDENT * height && right - b.right >= INDENT * height)
}

/// Whether a line level with a formula stands in its column: between the margins of the text around it.
fn in_column(line: &Rect, formula: &Rect, boxes: &[Rect], height: f32) -> bool {
    margins(formula, boxes, &[])
        .is_some_and(|(left, right)| line.center().x > left - height && line.center().x < right + height)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::Quad;

    #[test]
    fn a_formula_takes_in_its_pieces_and_its_number_and_leaves_text_alone() {
        let line = |text: &str, left: f32, top: f32, right: f32| TextLine {
            text: text.into(),
            quad: Quad::from_rect(left, top, right, top + 30.0),
            ..TextLine::default()
        };
        let lines = [
            line("损失函数定义为如下形式，其中各符号的含义", 100.0, 100.0, 900.0),
            line("exp(zc)", 480.0, 150.0, 560.0),
            line("P(c|x) =", 380.0, 165.0, 476.0),
            line("∑exp(zk)", 480.0, 181.0, 570.0),
            line("(2)", 860.0, 166.0, 900.0),
            line("其中 n = 3 为层数。", 100.0, 230.0, 900.0),
            line("E = mc", 100.0, 280.0, 200.0),
        ];
        let boxes: Vec<Rect> = lines.iter().map(|l| l.quad.bounds()).collect();
        let found = formulas(&lines, &boxes, |_| true, 30.0);
        assert_eq!(found.iter().map(|f| f.lines.clone()).collect::<Vec<_>>(), [vec![1, 2, 3, 4]]);
    }
}
