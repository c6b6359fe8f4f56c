//! Rows of a table that is printed as labels with their values, one block of them a row.

use crate::{
    classify::frame::{Span, same_row},
    extract::{candidate::Candidate, locate::Scene, rows::Row},
    geometry::Rect,
    kind::{Direction, FieldType, RowTableSpec},
};

/// Lines that a value of several lines may take.
const MANY_LINES: usize = 4;

/// The rows: one begins where the label of a column comes again that the row before has.
pub fn rows(scene: &Scene, table: &RowTableSpec) -> Vec<Row> {
    let mut found: Vec<(Rect, Candidate, &str)> = Vec::new();
    let shared = |label: &String| table.columns.iter().filter(|c| c.labels.contains(label)).count() > 1;
    for spec in &table.columns {
        // A label of several columns names this one only where no label of its own is printed.
        let own = scene.labels.among(&spec.labels).any(|p| !shared(&p.label));
        let lines = if spec.field_type == FieldType::Multiline { MANY_LINES } else { 1 };
        for (nth, label) in scene.labels.among(&spec.labels).enumerate() {
            let block = scene.blocks.block_of(&spec.labels, nth);
            if table.block.as_deref().is_some_and(|wanted| block != Some(wanted)) {
                continue;
            }
            let values = scene.beside(label, Direction::RightOrBelow, lines).into_iter();
            let candidates = values
                .filter_map(|(spans, place)| Candidate::new(scene.frame, (0, spec), spans, place, true));
            // Of columns with one label each takes what has its form.
            let shared = shared(&label.label);
            if shared && own {
                continue;
            }
            let best = candidates
                .filter(|c| !shared || spec.pattern.is_none() || c.reading.valid)
                .max_by(|a, b| a.score().total_cmp(&b.score()));
            found.extend(best.map(|c| (label.found.rect, c, spec.key.as_str())));
        }
    }
    // In reading order: row by row of the page, each from the left.
    found.sort_by(|a, b| a.0.center().y.total_cmp(&b.0.center().y));
    // The heading of the block takes the first value for its own: 被保险人, below it 姓名 with the name.
    let taken: Vec<(Vec<Span>, &str)> = found.iter().map(|(_, c, key)| (c.spans.clone(), *key)).collect();
    let mut at = 0..found.len();
    found.retain(|(_, candidate, key)| {
        let next = at.next().map_or(0, |i| i + 1);
        !taken.iter().skip(next).any(|(spans, other)| other == key && *spans == candidate.spans)
    });
    let mut order: Vec<(usize, f32)> = Vec::new();
    let mut line: Option<(usize, Rect)> = None;
    for (rect, _, _) in &found {
        let at = match &line {
            Some((n, first)) if same_row(first, rect) => *n,
            other => {
                let n = other.map_or(0, |(n, _)| n + 1);
                line = Some((n, *rect));
                n
            }
        };
        order.push((at, rect.left));
    }
    let mut found: Vec<((usize, f32), Candidate, &str)> =
        order.into_iter().zip(found).map(|(at, (_, candidate, key))| (at, candidate, key)).collect();
    found.sort_by(|a, b| a.0.0.cmp(&b.0.0).then(a.0.1.total_cmp(&b.0.1)));
    let mut rows: Vec<Row> = Vec::new();
    for (_, candidate, key) in found {
        match rows.last_mut().filter(|row| !row.contains_key(key)) {
            Some(row) => {
                row.insert(key.to_owned(), candidate);
            }
            None => rows.push(Row::from([(key.to_owned(), candidate)])),
        }
    }
    rows
}

/// Whether a header's row holds nothing but labels: with values between them it is no header.
pub fn bare_header(scene: &Scene, header: &Rect) -> bool {
    let on_row =
        scene.frame.lines.iter().enumerate().filter(|(_, l)| !l.vertical && same_row(&l.rect, header));
    on_row.filter(|(_, l)| l.rect.left < header.right && l.rect.right > header.left).all(|(i, l)| {
        let labelled = |g: usize| {
            let here = Span { line: i, from: g, to: g + 1 };
            scene.labels.first_in(&here).is_some()
        };
        l.letters.iter().all(|(_, g)| labelled(*g))
    })
}
