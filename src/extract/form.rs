//! Values at the places of a form that was marked on a sample page: lines or parts of lines, rows of
//! a table, seals, codes.
//!
//! Needs the page registered on the sample ([`crate::classify::references`]); without that no place
//! is known and nothing is read. Text of the references is no value.

use std::collections::BTreeMap;

use crate::{
    classify::{
        fold::{allowance, folded},
        frame::{Frame, Glyph, Span, same_row},
        references::FormRegistration,
    },
    extract::{
        Field, Origin, State,
        candidate::{self, Candidate},
        derived::{CODE_CONFIDENCE, constant, edit_distance, seal_field},
    },
    geometry::{Homography, Point, Quad, Rect},
    kind::{FieldSpec, FieldType, Kind, Layout, Locator, PlaceContent, RowTableSpec, value},
    structure::PageStructure,
};

/// What the confidence of a value is multiplied with where its place is in doubt, or where text runs over
/// the edge of its place: below what validation takes for sure, above what it takes for wrong.
const IN_DOUBT: f32 = 0.8;
/// Gap in character heights up to which text beyond the edge of a place belongs to the text inside.
/// Reasoned: characters of one text stand less than half a height apart, columns more than one.
const JOINED: f32 = 0.8;
/// Share of the smaller one that a seal or code and its place must have in common.
const IN_COMMON: f32 = 0.5;
/// Share of a place that a reference fills where it is the value, as the title of the form may be.
const FILLED: f32 = 0.4;
/// Share of a row's texts that must be headings for the row to be the table's header.
const HEADER: f32 = 0.5;

/// A registered form with its places.
pub struct Form<'a> {
    pub registration: &'a FormRegistration,
    /// All places of the kind on the layout, in sample pixels: what stands in one belongs to no
    /// other.
    places: Vec<Quad>,
    /// The references found, each with its place on the sample.
    labels: Vec<(Vec<Span>, Quad)>,
}

/// What stands at a place.
pub struct AtPlace {
    /// The parts of lines inside, in reading order.
    pub spans: Vec<Span>,
    /// The same with the text that runs on over the place's edge; `None` where none does.
    pub beyond: Option<Vec<Span>>,
}

impl<'a> Form<'a> {
    pub fn new(kind: &Kind, layout: &Layout, registration: &'a FormRegistration) -> Self {
        let quad = |index: usize| layout.references.get(index).map(|r| r.quad);
        let labels = registration.found.iter().filter_map(|f| Some((f.spans.clone(), quad(f.index)?)));
        let labels = labels.collect();
        let of_fields = kind.fields.iter().flat_map(|f| &f.locate).filter_map(|l| match l {
            Locator::Place { quad, layouts, .. } if on(layouts, &layout.id) => Some(*quad),
            _ => None,
        });
        let places = of_fields.chain(kind.tables.iter().filter_map(|t| t.place)).collect();
        Self { registration, places, labels }
    }

    /// The text at a place, in sample pixels.
    pub fn text_at(&self, frame: &Frame, place: &Quad) -> AtPlace {
        let inside = |p: Point| place.contains(p);
        let mut spans = Vec::new();
        let mut beyond = Vec::new();
        let mut runs_on = false;
        for (index, line) in frame.lines.iter().enumerate() {
            for span in self.runs(index, &line.glyphs, place, inside) {
                let wider = self.widened(index, &line.glyphs, span, place);
                runs_on |= wider != span;
                spans.push(span);
                beyond.push(wider);
            }
        }
        in_reading_order(frame, &mut spans);
        in_reading_order(frame, &mut beyond);
        AtPlace { spans, beyond: runs_on.then_some(beyond) }
    }

    /// The stretches of a line whose characters have their centres `inside` (in sample pixels) of a place,
    /// without the text of references.
    fn runs(&self, line: usize, glyphs: &[Glyph], place: &Quad, inside: impl Fn(Point) -> bool) -> Vec<Span> {
        let mut runs: Vec<Span> = Vec::new();
        for (i, glyph) in glyphs.iter().enumerate() {
            let center = self.registration.on_sample(glyph.quad_in_page.center());
            if !inside(center) || self.is_reference(line, i, place) {
                continue;
            }
            match runs.last_mut().filter(|s| s.to == i) {
                Some(run) => run.to = i + 1,
                None => runs.push(Span { line, from: i, to: i + 1 }),
            }
        }
        runs.into_iter().filter_map(|run| bare(glyphs, run)).collect()
    }

    /// Whether a character belongs to a reference; one that fills a place was marked as its value.
    fn is_reference(&self, line: usize, glyph: usize, place: &Quad) -> bool {
        self.labels.iter().any(|(spans, quad)| {
            let here = spans.iter().any(|s| s.line == line && s.from <= glyph && glyph < s.to);
            here && quad.intersection_area(place) < FILLED * place.area()
        })
    }

    /// A stretch with the characters that follow it, or go before it, without a gap and stand in no place.
    fn widened(&self, line: usize, glyphs: &[Glyph], span: Span, own: &Quad) -> Span {
        let taken = |i: usize, g: &Glyph| {
            let at = self.registration.on_sample(g.quad_in_page.center());
            let in_other = self.places.iter().any(|p| p != own && p.contains(at));
            in_other || self.is_reference(line, i, own)
        };
        let joined = |a: &Glyph, b: &Glyph| {
            let gap = b.rect.left.max(a.rect.left) - a.rect.right.min(b.rect.right);
            let down = b.rect.top.max(a.rect.top) - a.rect.bottom.min(b.rect.bottom);
            gap.max(down) < JOINED * a.rect.height().max(b.rect.height())
        };
        let wordy = |g: &Glyph| g.folded.is_some();
        let mut wide = span;
        while let Some(pair) = glyphs.get(wide.to.saturating_sub(1)..wide.to + 1)
            && let [last, next] = pair
            && joined(last, next)
            && wordy(next)
            && !taken(wide.to, next)
        {
            wide.to += 1;
        }
        while wide.from > 0
            && let Some([before, first]) = glyphs.get(wide.from - 1..wide.from + 1)
            && joined(before, first)
            && wordy(before)
            && !taken(wide.from - 1, before)
        {
            wide.from -= 1;
        }
        wide
    }

    /// Says of a value that its place is in doubt, or that its text runs on over the edge of its
    /// place; the whole text is offered beside it.
    pub fn weigh(&self, frame: &Frame, spec: &FieldSpec, locator: &Locator, field: &mut Field) {
        let Locator::Place { quad, read: PlaceContent::Text, .. } = locator else { return };
        let here = field.quad.is_some_and(|q| quad.contains(self.registration.on_sample(q.center())));
        if !here || field.value.is_none() {
            return;
        }
        let beyond = self.text_at(frame, quad).beyond;
        if let Some(spans) = &beyond {
            let longer = candidate::read(frame, spec, spans).value;
            field.alternatives.extend(longer.filter(|v| field.value.as_ref() != Some(v)));
        }
        if beyond.is_some() || self.registration.fit.doubt.is_some() {
            field.confidence *= IN_DOUBT;
        }
    }

    /// The seals or codes at a place.
    pub fn drawn(&self, page: &PageStructure, spec: &FieldSpec, locator: &Locator) -> Vec<Field> {
        let Locator::Place { quad, read, .. } = locator else { return Vec::new() };
        let place = self.registration.on_page(quad);
        let here = |other: &Quad| {
            let least = place.area().min(other.area());
            least > 0.0 && place.intersection_area(other) >= IN_COMMON * least
        };
        let doubt = if self.registration.fit.doubt.is_some() { IN_DOUBT } else { 1.0 };
        match read {
            PlaceContent::Text => Vec::new(),
            PlaceContent::Seal => {
                let seals = page.seals.iter().filter(|s| here(&s.quad));
                let fields = seals.filter_map(|seal| {
                    let field = if spec.field_type == FieldType::Flag {
                        Field { quad: Some(seal.quad), confidence: seal.confidence, ..constant("true") }
                    } else {
                        Some(seal_field(seal)).filter(|f| f.value.is_some())?
                    };
                    Some(Field { confidence: field.confidence * doubt, ..field })
                });
                fields.collect()
            }
            PlaceContent::Code => {
                let codes = page.codes.iter().filter(|c| here(&c.quad));
                let fields = codes.filter_map(|code| {
                    let value = value::normalise(spec.field_type, &code.text);
                    let state = if value.is_some() { State::Ok } else { State::Invalid };
                    Some(Field {
                        value: Some(value.or_else(|| value::normalise(FieldType::Text, &code.text))?),
                        raw: code.text.clone(),
                        quad: Some(code.quad),
                        confidence: CODE_CONFIDENCE * doubt,
                        origin: Origin::Code,
                        state,
                        ..Field::default()
                    })
                });
                fields.collect()
            }
        }
    }

    /// The rows of a table at a place, and the text that they take.
    pub fn rows(
        &self,
        frame: &Frame,
        table: &RowTableSpec,
        place: &Quad,
    ) -> (Vec<BTreeMap<String, Field>>, Vec<Span>) {
        // The place as a rectangle of its own width and height, upright as it reads.
        let level = Rect::new(0.0, 0.0, place.width(), place.height());
        let Some(to_level) = Homography::between(place, &level.into()) else { return Default::default() };
        let at = |p: Point| to_level.apply(self.registration.on_sample(p));
        let mut cells = Vec::new();
        for (index, line) in frame.lines.iter().enumerate() {
            for (column, spec) in table.columns.iter().enumerate() {
                let Some([left, right]) = spec.span else { continue };
                let (left, right) = (left * level.width(), right * level.width());
                let inside = |on_sample: Point| {
                    let p = to_level.apply(on_sample);
                    level.contains(p) && p.x >= left && p.x < right
                };
                for span in self.runs(index, &line.glyphs, place, inside) {
                    let quads = frame.glyphs(&span).iter().map(|g| g.quad_in_page.map(at).bounds());
                    let rect = quads.reduce(|a, b| a.union(&b)).unwrap_or_default();
                    cells.push(Cell { column, span, rect });
                }
            }
        }
        let mut rows = printed_rows(cells);
        if let Some(header) = header(frame, table, &rows) {
            rows.drain(..=header);
        }
        if let Some(end) = rows.iter().position(|row| ends(frame, table, row)) {
            rows.truncate(end);
        }
        let rows = continued(table, rows);
        let used = rows.iter().flatten().map(|c| c.span).collect();
        let fields = rows.iter().map(|row| self.row_fields(frame, table, row));
        (fields.filter(|row| !row.is_empty()).collect(), used)
    }

    fn row_fields(&self, frame: &Frame, table: &RowTableSpec, row: &[Cell]) -> BTreeMap<String, Field> {
        let mut fields = BTreeMap::new();
        for (index, spec) in table.columns.iter().enumerate() {
            let mut spans: Vec<Span> = row.iter().filter(|c| c.column == index).map(|c| c.span).collect();
            in_reading_order(frame, &mut spans);
            if let Some(cell) = Candidate::new(frame, (index, spec), spans, 1.0, true) {
                let mut field = cell.into_field(frame);
                if self.registration.fit.doubt.is_some() {
                    field.confidence *= IN_DOUBT;
                }
                fields.insert(spec.key.clone(), field);
            }
        }
        fields
    }
}

/// A part of a line in a column of a table.
#[derive(Debug, Clone, Copy)]
struct Cell {
    column: usize,
    span: Span,
    /// In the table's place, levelled.
    rect: Rect,
}

/// Cells in rows from above.
fn printed_rows(mut cells: Vec<Cell>) -> Vec<Vec<Cell>> {
    cells.sort_by(|a, b| a.rect.center().y.total_cmp(&b.rect.center().y));
    let mut rows: Vec<Vec<Cell>> = Vec::new();
    for cell in cells {
        match rows.last_mut().filter(|row| row.iter().any(|c| same_row(&c.rect, &cell.rect))) {
            Some(row) => row.push(cell),
            None => rows.push(vec![cell]),
        }
    }
    rows
}

/// The last row of the printed header: most of its texts are headings of their columns.
fn header(frame: &Frame, table: &RowTableSpec, rows: &[Vec<Cell>]) -> Option<usize> {
    let is_heading = |cell: &&Cell| {
        let text = folded(&frame.span_text(&cell.span));
        let labels = table.columns.get(cell.column).map(|c| c.labels.as_slice()).unwrap_or_default();
        labels.iter().any(|label| {
            let label = folded(label);
            !label.is_empty() && edit_distance(&text, &label) <= allowance(label.len())
        })
    };
    let is_header = |row: &Vec<Cell>| {
        let headings = row.iter().filter(is_heading).count();
        headings > 0 && headings as f32 >= HEADER * row.len() as f32
    };
    rows.iter().rposition(is_header)
}

/// Whether a row begins with one of the labels that end the table.
fn ends(frame: &Frame, table: &RowTableSpec, row: &[Cell]) -> bool {
    let text = row.iter().min_by(|a, b| a.rect.left.total_cmp(&b.rect.left));
    let text = text.map(|c| folded(&frame.span_text(&c.span))).unwrap_or_default();
    table.end.iter().any(|label| {
        let label = folded(label);
        let head = text.get(..label.len()).unwrap_or(&text);
        !label.is_empty() && edit_distance(head, &label) <= allowance(label.len())
    })
}

/// Rows with the lines over which they are wrapped: those in which no column of `row_start` is filled.
fn continued(table: &RowTableSpec, rows: Vec<Vec<Cell>>) -> Vec<Vec<Cell>> {
    let begins = |row: &Vec<Cell>| {
        let key = |c: &Cell| table.columns.get(c.column).map(|s| &s.key);
        table.row_start.is_empty() || row.iter().filter_map(key).any(|k| table.row_start.contains(k))
    };
    let mut whole: Vec<Vec<Cell>> = Vec::new();
    for row in rows {
        match whole.last_mut().filter(|_| !begins(&row)) {
            Some(above) => above.extend(row),
            None => whole.push(row),
        }
    }
    whole
}

/// A stretch without the colon, bracket and spaces at its ends; `None` where nothing is left.
fn bare(glyphs: &[Glyph], run: Span) -> Option<Span> {
    let inside = glyphs.get(run.from..run.to)?;
    let before =
        |c: char| c.is_whitespace() || matches!(c, ':' | '：' | ';' | '；' | ')' | '）' | '|' | '丨');
    let from = inside.iter().take_while(|g| before(g.char)).count();
    let behind = |c: char| c.is_whitespace() || matches!(c, '|' | '丨' | '(' | '（');
    let to = inside.len() - inside.iter().rev().take_while(|g| behind(g.char)).count();
    (from < to).then_some(Span { from: run.from + from, to: run.from + to, ..run })
}

/// Sorts stretches from above, those of a row from the left.
fn in_reading_order(frame: &Frame, spans: &mut Vec<Span>) {
    let mut rows: Vec<(Rect, Vec<Span>)> = Vec::new();
    spans.sort_by(|a, b| frame.span_rect(a).center().y.total_cmp(&frame.span_rect(b).center().y));
    for span in spans.drain(..) {
        let rect = frame.span_rect(&span);
        match rows.last_mut().filter(|(row, _)| same_row(row, &rect)) {
            Some((row, inside)) => {
                *row = row.union(&rect);
                inside.push(span);
            }
            None => rows.push((rect, vec![span])),
        }
    }
    for (_, mut row) in rows {
        row.sort_by(|a, b| frame.span_rect(a).left.total_cmp(&frame.span_rect(b).left));
        spans.extend(row);
    }
}

/// Whether a list of layouts holds for one.
fn on(layouts: &[String], layout: &str) -> bool {
    layouts.is_empty() || layouts.iter().any(|l| l == layout)
}
