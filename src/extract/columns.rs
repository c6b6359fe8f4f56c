//! The columns of a row table: its printed header, and where one column ends and the next begins.

use crate::{
    classify::{
        fold::{find, folded},
        frame::{Frame, Span, same_row},
        score::compact,
    },
    extract::{
        labels::{Labels, PrintedLabel},
        pieces::{Piece, body, split},
    },
    geometry::Rect,
    kind::{FieldSpec, FieldType, Layout, Pattern, RowTableSpec, value},
};

/// Gap, in heights, beyond the headers from which on text is a note in the margin. Reasoned, not
/// measured: an amount of ten digits right of a short header stands less far off.
pub const MARGIN: f32 = 6.0;

/// Reasoned: what a bound in a blank of a box costs against one across a word: boxes hold words of several
/// columns now and then.
const IN_BLANK: f32 = 0.5;

/// Widest blank, in heights, between the heading of the first column and the next one. Reasoned: a column of
/// names holds some twenty characters.
const WIDEST_FIRST: f32 = 20.0;

/// The columns below one header, as one printed column may hold several.
pub type Specs<'a> = Vec<&'a FieldSpec>;

/// Where the columns of a table run, in the frame.
#[derive(Debug, Clone)]
pub struct Columns<'a> {
    /// Columns, left and right bound, from left.
    pub bounds: Vec<(Specs<'a>, f32, f32)>,
    /// Around the header.
    pub header: Rect,
    /// Upper edge of what ends the table.
    pub end: f32,
}

impl Columns<'_> {
    fn at(&self, x: f32) -> Option<usize> {
        self.bounds.iter().position(|(_, left, right)| x >= *left && x < *right)
    }

    /// The printed column that holds a declared one.
    pub fn of(&self, key: &str) -> Option<&(Specs<'_>, f32, f32)> {
        self.bounds.iter().find(|(specs, _, _)| specs.iter().any(|c| c.key == key))
    }

    /// Every declared column that is printed.
    pub fn specs(&self) -> impl Iterator<Item = &FieldSpec> {
        self.bounds.iter().flat_map(|(specs, _, _)| specs.iter().copied())
    }
}

/// A header where it is printed: the columns (by number) that it names.
#[derive(Debug, Clone)]
struct Head {
    columns: Vec<usize>,
    rect: Rect,
    quality: f32,
}

impl Head {
    fn first(&self) -> usize {
        self.columns.first().copied().unwrap_or(0)
    }

    fn last(&self) -> usize {
        self.columns.last().copied().unwrap_or(0)
    }
}

/// Finds a table's header and bounds; one entry for each group of columns where the same header is
/// printed several times side by side. Empty if too little of the header is printed.
pub fn columns<'a>(
    frame: &Frame,
    table: &'a RowTableSpec,
    labels: &Labels,
    layout: Option<&Layout>,
) -> Vec<Columns<'a>> {
    let has = |c: &&FieldSpec| c.layouts.is_empty() || layout.is_some_and(|l| c.layouts.contains(&l.id));
    let wanted = |c: &&FieldSpec| has(c) && !c.beside && !c.labels.is_empty();
    let declared: Vec<&FieldSpec> = table.columns.iter().filter(wanted).collect();
    let mut printed: Vec<Head> = Vec::new();
    for (c, column) in declared.iter().enumerate() {
        for label in labels.among(&column.labels).filter(|l| !has_value(frame, l)) {
            match printed.iter_mut().find(|h| h.rect == label.found.rect) {
                Some(head) => head.columns.push(c),
                None => printed.push(Head {
                    columns: vec![c],
                    rect: label.found.rect,
                    quality: label.found.quality,
                }),
            }
        }
    }
    // Columns that are not wanted bound the others.
    for label in labels.among(&table.skip) {
        if printed.iter().all(|h| h.rect != label.found.rect) {
            let (rect, quality) = (label.found.rect, label.found.quality);
            printed.push(Head { columns: Vec::new(), rect, quality });
        }
    }
    // The row of the frame that holds most of the header.
    let row_of = |at: &Rect| -> Vec<Head> {
        let mut row: Vec<Head> = printed.iter().filter(|l| same_row(&l.rect, at)).cloned().collect();
        row.sort_by(|a, b| a.rect.left.total_cmp(&b.rect.left));
        row
    };
    let rows = printed.iter().map(|l| row_of(&l.rect));
    let named = |row: &Vec<Head>| without_twins(row).iter().filter(|h| !h.columns.is_empty()).count();
    let Some(mut row) = rows.max_by_key(named) else { return Vec::new() };
    let raised = raised(&row, &printed);
    row.splice(0..0, raised);
    run_together(frame, &declared, &mut row);
    row.splice(0..0, unknown_first(frame, &declared, labels, &row));
    let groups = groups(&row);
    let found: usize = groups.iter().map(|g| g.iter().map(|h| h.columns.len()).sum()).max().unwrap_or(0);
    let Some(mut around) = row.iter().map(|l| l.rect).reduce(|a, b| a.union(&b)) else { return Vec::new() };
    // A second row of headers, in another language, right below.
    let below: Vec<Rect> = printed
        .iter()
        .map(|h| h.rect)
        .filter(|r| r.center().y > around.bottom && r.top - around.bottom < r.height())
        .filter(|r| row.iter().any(|h| h.rect.left < r.right && h.rect.right > r.left))
        .collect();
    if below.len() >= 2 {
        around.bottom = below.iter().map(|r| r.bottom).fold(around.bottom, f32::max);
    }
    if found < table.min_headers.max(1) {
        return Vec::new();
    }
    let end = labels
        .among(&table.end)
        .map(|p| p.found.rect)
        .filter(|r| r.center().y > around.bottom && r.left < around.right)
        .map(|r| r.top)
        .fold(f32::MAX, f32::min);
    let end = table.end_pattern.as_ref().map_or(end, |p| end.min(end_by_pattern(frame, p, &around, end)));
    let pieces = body(frame, end, &around);
    let specs =
        |head: &Head| head.columns.iter().filter_map(|c| declared.get(*c).copied()).collect::<Specs>();
    // What tells where the columns meet: text may stand anywhere.
    let anything = FieldSpec::plain("", FieldType::Text);
    let judge = |head: &Head| {
        let specs = specs(head);
        specs.iter().find(|c| !numeric(c)).or(specs.first()).copied()
    };
    let meet = |a: &Head, b: &Head| {
        let [left, right] = [a, b].map(|h| judge(h).unwrap_or(&anything));
        let figures = [a, b].map(|h| specs(h).iter().any(|c| numeric(c)));
        boundary(frame, (left, &a.rect), (right, &b.rect), figures, &pieces)
    };
    let mut all = Vec::new();
    // Left-aligned text may begin well before a centred header of its column.
    let mut left = f32::MIN;
    for (g, group) in groups.iter().enumerate() {
        let next = groups.get(g + 1).and_then(|n| n.first());
        let edge = group.last().zip(next).map_or(f32::MAX, |(a, b)| meet(a, b));
        let mut group = group.clone();
        let own: Vec<Piece> = pieces
            .iter()
            .filter(|p| groups.len() == 1 || (p.rect.center().x >= left && p.rect.center().x < edge))
            .copied()
            .collect();
        with_missing_headers(&mut group, declared.len(), &own);
        let mut bounds = Vec::new();
        for (i, head) in group.iter().enumerate() {
            let right = match group.get(i + 1) {
                Some(next) => meet(head, next),
                None => edge,
            };
            bounds.push((specs(head), left, right));
            left = right;
        }
        let own = group.iter().map(|h| h.rect).reduce(|a, b| a.union(&b)).unwrap_or(around);
        let header = if groups.len() == 1 { around.union(&own) } else { own };
        let header =
            Rect { top: around.top.min(header.top), bottom: around.bottom.max(header.bottom), ..header };
        all.push(Columns { bounds, header, end });
        left = edge;
    }
    all
}

/// Adds the headers that were read without a gap beside another one (`单价数量`) or behind a stray sign: on
/// the header's own row a column's name is its header wherever it stands in a line.
fn run_together(frame: &Frame, declared: &[&FieldSpec], row: &mut Vec<Head>) {
    let Some(around) = row.iter().map(|h| h.rect).reduce(|a, b| a.union(&b)) else { return };
    let mut added: Vec<Head> = Vec::new();
    let times = |c: usize| row.iter().filter(|h| h.columns.contains(&c)).count();
    // Printed several times side by side, in groups, each of which may have them run together.
    let groups = (0..declared.len()).map(times).max().unwrap_or(0);
    for (c, column) in declared.iter().enumerate() {
        if times(c) >= groups.max(1) {
            continue;
        }
        let names = column.labels.iter().filter(|l| folded(l).len() >= 2);
        let found = names.flat_map(|l| find(frame, l)).filter(|m| m.distance == 0);
        let free = |at: &Rect, heads: &[Head]| {
            heads.iter().all(|h| {
                h.rect.right - at.left < 0.5 * at.height() || at.right - h.rect.left < 0.5 * at.height()
            })
        };
        // The longest name: a shorter one may be a part of it.
        let best = found
            .filter(|m| m.rect.width() > m.rect.height() && same_row(&m.rect, &around) && free(&m.rect, row))
            .max_by(|a, b| a.rect.width().total_cmp(&b.rect.width()));
        let Some(best) = best else { continue };
        if let Some(head) = added.iter_mut().find(|h| h.rect == best.rect) {
            head.columns.push(c);
        } else if free(&best.rect, &added) {
            added.push(Head { columns: vec![c], rect: best.rect, quality: best.quality });
        }
    }
    row.extend(added);
    row.sort_by(|a, b| a.rect.left.total_cmp(&b.rect.left));
}

/// Whether a value stands behind the label's colon on its line: the label of a single value heads no column.
fn has_value(frame: &Frame, label: &PrintedLabel) -> bool {
    let Some(last) = label.found.spans.last() else { return false };
    let behind = frame.lines.get(last.line).and_then(|l| l.glyphs.get(last.to..)).unwrap_or_default();
    behind.first().is_some_and(|g| matches!(g.char, ':' | '：')) && behind.iter().any(|g| g.folded.is_some())
}

/// The heading of the first column of words where it is one that the kind does not know: the only word left of
/// the known ones on their row.
fn unknown_first(frame: &Frame, declared: &[&FieldSpec], labels: &Labels, row: &[Head]) -> Option<Head> {
    declared.first().filter(|c| c.field_type == FieldType::Text)?;
    if row.iter().any(|h| h.columns.contains(&0)) {
        return None;
    }
    let known = row.first()?.rect;
    let left = frame.lines.iter().enumerate().filter(|(_, l)| !l.vertical && same_row(&l.rect, &known));
    let mut left = left
        .flat_map(|(i, l)| split(frame, i, l.size()))
        .filter(|p| p.rect.right < known.left && known.left - p.rect.right < WIDEST_FIRST * known.height());
    let word = left.next().filter(|_| left.next().is_none())?;
    let text = compact(&frame.span_text(&word.span));
    let is_word = (2..=6).contains(&text.chars().count()) && text.chars().all(char::is_alphabetic);
    let is_label = labels.first_in(&word.span).is_some();
    (is_word && !is_label).then_some(Head { columns: vec![0], rect: word.rect, quality: 0.5 })
}

/// Of headers that name the same column the one read best.
fn without_twins(row: &[Head]) -> Vec<Head> {
    let mut kept: Vec<Head> = Vec::new();
    for head in row {
        match kept.iter_mut().find(|k| k.columns.iter().any(|c| head.columns.contains(c))) {
            Some(twin) if twin.quality < head.quality => *twin = head.clone(),
            Some(_) => {}
            None => kept.push(head.clone()),
        }
    }
    kept
}

/// The headers of a row in groups: a new one begins where a column comes again. One group without
/// twins where they do not repeat one another.
fn groups(row: &[Head]) -> Vec<Vec<Head>> {
    let mut groups: Vec<Vec<Head>> = vec![Vec::new()];
    for head in row {
        let again =
            |group: &Vec<Head>| group.iter().any(|h| h.columns.iter().any(|c| head.columns.contains(c)));
        if groups.last().is_some_and(again) {
            groups.push(Vec::new());
        }
        if let Some(group) = groups.last_mut() {
            group.push(head.clone());
        }
    }
    let columns = |group: &Vec<Head>| group.iter().flat_map(|h| h.columns.clone()).collect::<Vec<_>>();
    let first = groups.first().map(columns).unwrap_or_default();
    // A single label read twice on the row makes no group.
    let repeats = |group: &Vec<Head>| columns(group).iter().filter(|c| first.contains(c)).count() >= 2;
    if groups.len() > 1 && groups.iter().all(repeats) { groups } else { vec![without_twins(row)] }
}

/// The header of a first column that is printed a line higher than the others, as its values are.
fn raised(row: &[Head], printed: &[Head]) -> Option<Head> {
    let first = row.first()?;
    let known = |head: &Head| row.iter().any(|h| h.columns.iter().any(|c| head.columns.contains(c)));
    let above = |head: &&Head| {
        let gap = first.rect.top - head.rect.bottom;
        let near = gap > -0.5 * first.rect.height() && gap < first.rect.height();
        near && !same_row(&head.rect, &first.rect) && head.rect.center().x < first.rect.left
    };
    let head = printed.iter().filter(above).find(|h| !h.columns.is_empty() && !known(h))?;
    let rect = Rect { top: first.rect.top, bottom: first.rect.bottom, ..head.rect };
    Some(Head { rect, ..head.clone() })
}

/// Upper edge of the first line that an expression tells to be behind the table.
fn end_by_pattern(frame: &Frame, pattern: &Pattern, header: &Rect, end: f32) -> f32 {
    let lines = frame.lines.iter().filter(|l| {
        !l.vertical
            && l.rect.top > header.bottom
            && l.rect.top < end
            && l.rect.right > header.left
            && l.rect.left < header.right
    });
    lines
        .filter(|l| pattern.regex().is_match(&compact(&l.text())))
        .map(|l| l.rect.top)
        .fold(f32::MAX, f32::min)
}

/// Adds columns whose headers were not read: where the body shows as many columns of text between
/// two headers as the kind declares between them, those are the missing ones.
fn with_missing_headers(header: &mut Vec<Head>, declared: usize, pieces: &[Piece]) {
    let runs = runs(pieces);
    let near = |r: &Rect, h: &Rect| r.left < h.right && r.right > h.left;
    let mut added: Vec<Head> = Vec::new();
    let found: Vec<usize> = header.iter().flat_map(|h| h.columns.iter().copied()).collect();
    let wanted: Vec<&Head> = header.iter().filter(|h| !h.columns.is_empty()).collect();
    // The places before the first, between two, and behind the last of the headers read.
    for place in 0..=wanted.len() {
        let before = place.checked_sub(1).and_then(|i| wanted.get(i)).copied();
        let behind = wanted.get(place).copied();
        let missing = before.map_or(0, |h| h.last() + 1)..behind.map_or(declared, Head::first);
        let missing: Vec<usize> = missing.filter(|c| !found.contains(c)).collect();
        let Some(row) = before.or(behind).map(|h| h.rect).filter(|_| !missing.is_empty()) else { continue };
        let inside = |r: &&Rect| {
            before.is_none_or(|h| r.center().x > h.rect.center().x)
                && behind.is_none_or(|h| r.center().x < h.rect.center().x)
        };
        let mut between: Vec<Rect> = runs.iter().filter(inside).copied().collect();
        between.retain(|r| header.iter().all(|h| !near(r, &h.rect)));
        // Beyond the headers a margin may hold notes.
        between.retain(|r| {
            let reach = MARGIN * row.height();
            let out = |gap: f32| gap > reach && (before.is_none() || behind.is_none());
            !before.is_some_and(|h| out(r.left - h.rect.right))
                && !behind.is_some_and(|h| out(h.rect.left - r.right))
        });
        // One more than is missing: numbers stand at the right edge of their column, off a short
        // header, so the first belongs to the header before.
        let served = |h: &Rect| runs.iter().any(|r| near(r, h));
        if between.len() == missing.len() + 1 && before.is_some_and(|h| !served(&h.rect)) {
            between.remove(0);
        }
        // Words left of the first header may be its own column: they stand at the left edge, it in the middle.
        if before.is_none() && between.len() == missing.len() && behind.is_some_and(|h| !served(&h.rect)) {
            between.pop();
        }
        if between.len() == missing.len() {
            let head = |(c, r): (usize, &Rect)| Head {
                columns: vec![c],
                rect: Rect::new(r.left, row.top, r.right, row.bottom),
                quality: 0.5,
            };
            added.extend(missing.into_iter().zip(&between).map(head));
        }
    }
    header.extend(added);
    header.sort_by(|a, b| a.rect.center().x.total_cmp(&b.rect.center().x));
}

/// The columns of text that a table's body shows, as seen from above: stretches of x that more
/// than a few of its pieces cover.
fn runs(pieces: &[Piece]) -> Vec<Rect> {
    let Some(around) = pieces.iter().map(|p| p.rect).reduce(|a, b| a.union(&b)) else { return Vec::new() };
    let step = (around.width() / 800.0).max(0.5);
    let cover: Vec<usize> = (0..=(around.width() / step) as usize)
        .map(|i| around.left + i as f32 * step)
        .map(|x| pieces.iter().filter(|p| p.rect.left <= x && p.rect.right >= x).count())
        .collect();
    // One long text in ten may run over into the next column.
    let few = cover.iter().max().copied().unwrap_or(0) / 10;
    let mut runs: Vec<Rect> = Vec::new();
    let mut open = false;
    for (i, count) in cover.iter().enumerate() {
        let x = around.left + i as f32 * step;
        if *count > few {
            match runs.last_mut().filter(|_| open) {
                Some(run) => run.right = x,
                None => runs.push(Rect::new(x, around.top, x, around.bottom)),
            }
        }
        open = *count > few;
    }
    runs
}

/// Where two neighbouring columns meet: between the centres of their headers, where the fewest
/// texts stand in the way and the texts on both sides have their columns' types, and of such
/// places the one nearest to the middle between the headers. `figures`: which of the two holds figures, if only
/// among other things.
pub fn boundary(
    frame: &Frame,
    left: (&FieldSpec, &Rect),
    right: (&FieldSpec, &Rect),
    figures: [bool; 2],
    pieces: &[Piece],
) -> f32 {
    let (from, to) = (left.1.center().x, right.1.center().x);
    let middle = (left.1.right + right.1.left) / 2.0;
    // Where the picture of texts in the way changes: at their edges, and between those.
    let near = |r: &Rect| r.right > from && r.left < to;
    let texts: Vec<Rect> =
        pieces.iter().map(|p| p.rect).chain([*left.1, *right.1]).filter(|r| near(r)).collect();
    let mut edges: Vec<f32> =
        texts.iter().flat_map(|r| [r.left, r.right]).chain([from, to, middle]).collect();
    edges.retain(|x| (from..=to).contains(x));
    edges.sort_by(f32::total_cmp);
    let between: Vec<(&Piece, [bool; 2])> = pieces
        .iter()
        .filter(|p| p.rect.center().x > left.1.left && p.rect.center().x < right.1.right)
        .map(|p| {
            let sums = if figures[0] { left.0 } else { right.0 };
            let figure = figures[0] != figures[1] && (is_figure(frame, p) || by_form(frame, sums, p));
            let stands = |side: usize, spec| fits(frame, spec, p) && (!figure || figures[side]);
            (p, [stands(0, left.0), stands(1, right.0)])
        })
        .collect();
    let rows = row_mates(&between);
    let boxes: Vec<Rect> = frame
        .lines
        .iter()
        .filter(|l| {
            !l.vertical
                && pieces.iter().any(|p| frame.lines.get(p.span.line).is_some_and(|o| o.index == l.index))
        })
        .map(|l| l.rect)
        .collect();
    let mut best = (f32::MAX, f32::MAX, middle);
    for pair in edges.windows(2) {
        let [start, stop] = pair else { continue };
        let x = middle.clamp(*start, *stop);
        let x = if x == middle { x } else { (start + stop) / 2.0 };
        let crossed = texts.iter().filter(|t| t.left < x && t.right > x).count();
        let strange = between.iter().filter(|(p, fit)| !fit[usize::from(p.rect.center().x > x)]).count();
        // A text in the wrong column is worse than one that runs over.
        let blank = boxes.iter().filter(|t| t.left < x && t.right > x).count();
        let blank = IN_BLANK * blank.saturating_sub(crossed) as f32;
        let doubled = doubled(&rows, x, [left.0, right.0]);
        let empty = emptied(&rows, pieces, x, right.1);
        let cost = crossed as f32 + blank + 2.0 * strange as f32 + 2.0 * doubled as f32 + empty as f32;
        // The blank between two columns is wider than one between two words of a few rows.
        let off = (x - middle).abs() - (stop - start) / 2.0;
        if (cost, off) < (best.0, best.1) {
            best = (cost, off, x);
        }
    }
    best.2
}

pub fn numeric(spec: &FieldSpec) -> bool {
    matches!(spec.field_type, FieldType::Number | FieldType::Amount | FieldType::Percent)
}

/// Whether a piece can stand in a column, by its type or its form (2×14.50).
pub fn fits(frame: &Frame, spec: &FieldSpec, piece: &Piece) -> bool {
    let text = frame.span_text(&piece.span);
    !numeric(spec) || value::normalise(spec.field_type, &text).is_some() || by_form(frame, spec, piece)
}

/// Whether a piece that is no number has the form of a column of numbers.
fn by_form(frame: &Frame, spec: &FieldSpec, piece: &Piece) -> bool {
    let text = frame.span_text(&piece.span);
    let form = spec.pattern.as_ref().is_some_and(|p| p.regex().is_match(text.trim()));
    form && numeric(spec) && value::normalise(spec.field_type, &text).is_none()
}

/// The pairs of pieces that stand on one row, by the centres of their x.
fn row_mates(pieces: &[(&Piece, [bool; 2])]) -> Vec<(f32, f32)> {
    let mut pairs = Vec::new();
    for (i, (a, _)) in pieces.iter().enumerate() {
        let mates = pieces.iter().skip(i + 1).filter(|(b, _)| same_row(&a.rect, &b.rect));
        pairs.extend(mates.map(|(b, _)| (a.rect.center().x, b.rect.center().x)));
    }
    pairs
}

/// Rows in which one side of `x` gets two numbers for one cell.
fn doubled(mates: &[(f32, f32)], x: f32, [left, right]: [&FieldSpec; 2]) -> usize {
    let both =
        |(a, b): &&(f32, f32)| (*a < x && *b < x && numeric(left)) || (*a > x && *b > x && numeric(right));
    mates.iter().filter(both).count()
}

/// Rows whose two texts both fall left of `x` while the column on the right gets nothing in the whole table:
/// left-aligned words may stand far left of the centred header of a wide column.
fn emptied(mates: &[(f32, f32)], pieces: &[Piece], x: f32, header: &Rect) -> usize {
    let filled = pieces.iter().any(|p| p.rect.center().x > x && p.rect.left < header.right);
    if filled { 0 } else { mates.iter().filter(|(a, b)| *a < x && *b < x).count() }
}

/// A figure over the bound of two columns is one number all the same.
fn is_figure(frame: &Frame, piece: &Piece) -> bool {
    let text = frame.span_text(&piece.span);
    // With its places: without, it may be two counts read as one.
    text.contains('.') && value::normalise(FieldType::Amount, &text).is_some()
}

/// A piece cut where it runs over the bounds of its column by more than a character.
pub fn by_column(frame: &Frame, piece: Piece, columns: &Columns) -> Vec<(usize, Piece)> {
    let overlap = |c: usize| {
        let (_, left, right) = columns.bounds[c];
        piece.rect.right.min(right) - piece.rect.left.max(left)
    };
    let touched: Vec<usize> = (0..columns.bounds.len()).filter(|c| overlap(*c) > 0.8 * piece.size).collect();
    let numbers =
        |c: &usize| columns.bounds.get(*c).is_some_and(|(specs, _, _)| specs.iter().any(|s| numeric(s)));
    if touched.len() > 1 && is_figure(frame, &piece) {
        let home = touched.iter().filter(|c| numbers(c)).max_by(|a, b| overlap(**a).total_cmp(&overlap(**b)));
        if let Some(home) = home {
            return vec![(*home, piece)];
        }
    }
    if touched.len() <= 1 {
        let home = (0..columns.bounds.len()).max_by(|a, b| overlap(*a).total_cmp(&overlap(*b)));
        return home.map(|c| (c, piece)).into_iter().collect();
    }
    let mut parts: Vec<(usize, Piece)> = Vec::new();
    let glyphs = frame.glyphs(&piece.span);
    for (i, glyph) in glyphs.iter().enumerate() {
        let Some(column) = columns.at(glyph.rect.center().x) else { continue };
        let g = piece.span.from + i;
        let rect = Rect::new(glyph.rect.left, piece.rect.top, glyph.rect.right, piece.rect.bottom);
        match parts.last_mut().filter(|(c, _)| *c == column) {
            Some((_, part)) => {
                part.span.to = g + 1;
                part.rect = part.rect.union(&rect);
            }
            None => {
                parts.push((column, Piece { span: Span { from: g, to: g + 1, ..piece.span }, rect, ..piece }))
            }
        }
    }
    // A name that runs into the column of a number holds none there, or not all of its signs.
    let first = parts.first().map(|(c, _)| *c);
    let named = first.is_some_and(|c| !numbers(&c));
    let runs_on = parts.iter().skip(1).all(|(c, part)| {
        let (specs, _, _) = &columns.bounds[*c];
        let before = part.span.from.checked_sub(piece.span.from + 1).and_then(|i| glyphs.get(i));
        let within = before.zip(frame.glyphs(&part.span).first()).is_some_and(|(a, b)| {
            a.char.is_ascii_alphanumeric()
                && b.char.is_ascii_alphanumeric()
                && b.rect.left - a.rect.right < 0.3 * piece.size
        });
        specs.iter().any(|s| numeric(s)) && (within || !specs.iter().any(|s| fits(frame, s, part)))
    });
    match first.filter(|_| named && runs_on && parts.len() > 1) {
        Some(column) => vec![(column, piece)],
        None => parts,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        geometry::Quad,
        kind::{Kind, read_kind},
        ocr::TextLine,
    };

    const KIND: &str = r#"
        id = "slip"
        group = "receipts"
        name = { zh = "单据", en = "Slip" }
        [identify]
        min_score = 1.0
        [[table]]
        key = "items"
        label = { zh = "明细", en = "Items" }
        min_headers = 2
        [[table.column]]
        key = "name"
        label = { zh = "品名", en = "Name" }
        labels = ["品名"]
        [[table.column]]
        key = "price"
        label = { zh = "单价", en = "Price" }
        type = "amount"
        labels = ["单价"]
        [[table.column]]
        key = "quantity"
        label = { zh = "数量", en = "Quantity" }
        type = "number"
        labels = ["数量"]
    "#;

    /// Columns (keys) that are found under a header of these texts at x.
    fn found(header: &[(&str, f32)]) -> Vec<String> {
        let kind: Kind = read_kind("slip", KIND).unwrap();
        let line = |text: &str, x: f32, y: f32| TextLine {
            text: text.into(),
            quad: Quad::from_rect(x, y, x + 20.0 * text.chars().count() as f32, y + 20.0),
            confidence: 0.9,
            ..TextLine::default()
        };
        let mut lines: Vec<TextLine> = header.iter().map(|(text, x)| line(text, *x, 0.0)).collect();
        for row in 1..4 {
            let y = 30.0 * row as f32;
            lines.extend([line("铅笔", 0.0, y), line("2.50", 200.0, y), line("4", 300.0, y)]);
        }
        let order: Vec<usize> = (0..lines.len()).collect();
        let frame = Frame::of_lines(&lines, &order, 0);
        let all = columns(&frame, &kind.tables[0], &Labels::of(&frame, &kind), None);
        all.first().map(|c| c.specs().map(|s| s.key.clone()).collect()).unwrap_or_default()
    }

    #[test]
    fn headings_read_without_a_gap_are_told_apart() {
        assert_eq!(found(&[("品名", 0.0), ("单价", 200.0), ("数量", 290.0)]), ["name", "price", "quantity"]);
        assert_eq!(found(&[("品名", 0.0), ("单价数量", 210.0)]), ["name", "price", "quantity"]);
        assert_eq!(found(&[("品名", 0.0), ("单价", 200.0), ("E数量", 280.0)]), ["name", "price", "quantity"]);
    }

    #[test]
    fn a_first_heading_of_another_wording_heads_its_column() {
        assert_eq!(found(&[("菜肴", 0.0), ("单价", 200.0), ("数量", 290.0)]), ["name", "price", "quantity"]);
    }

    #[test]
    fn labels_of_single_values_head_no_column() {
        assert!(found(&[("品名：铅笔", 0.0), ("单价：2.50", 150.0), ("数量：4", 290.0)]).is_empty());
    }
}
