//! From candidates to a record: assignment, second readings, codes and derived values.

use std::{cell::OnceCell, collections::BTreeMap};

use unicode_normalization::UnicodeNormalization;

use crate::{
    classify::{
        frame::{Frame, Span, same_row},
        references, register,
        score::{Evidence, compact},
    },
    extract::{
        DocumentView, Entry, Field, Origin, Record, SecondReading, State,
        candidate::Candidate,
        cells,
        columns::{self, Columns},
        derived,
        form::Form,
        label_rows,
        labels::{Blocks, Labels},
        locate::Scene,
        mend, pairs, place, row_forms,
        rows::{self, Row},
        stretch,
    },
    geometry::Rect,
    kind::{
        Correction, Direction, FieldSpec, FieldType, Kind, Layout, Locator, RowTableSpec, RowsBy, TableBody,
        value,
    },
};

/// Place score of a total told by its column and form alone.
const UNLABELLED: f32 = 0.7;

pub(super) fn fill(document: &DocumentView, kind: &Kind, second: &mut dyn SecondReading) -> Record {
    let page = document.page;
    let frame = Frame::of_lines(&page.lines, &document.found.lines, page.rotation);
    let mut codes: Vec<_> = document.codes().collect();
    // Codes stand at the document's edge too, beyond its text; those inside come first.
    let evidence = Evidence::of(page, &frame);
    codes.extend(evidence.codes.iter().filter(|c| !document.found.location.contains(c.quad.center())));
    let evidence = Evidence { codes: codes.clone(), ..evidence };
    let on_form = references::best_registration(&frame, kind);
    // The form that the page registers on is the layout, whatever its labels say.
    let registered = on_form.as_ref().map(|(layout, _)| *layout);
    let layout = registered.or_else(|| evidence.best_layout(kind).map(|(layout, _)| layout));
    let form = on_form.as_ref().map(|(layout, found)| Form::new(kind, layout, found));
    let registration = register::register(&frame, layout);
    let labels = Labels::of(&frame, kind);
    let blocks = Blocks::of(kind, layout, &labels);
    let narrowed = narrowed(kind, layout);
    let kind = narrowed.as_ref().unwrap_or(kind);
    let layout = layout.and_then(|l| kind.layout(&l.id));
    let sides = layout.map_or_else(Vec::new, |l| evidence.sides(kind, l));
    let seals: Vec<_> =
        page.seals.iter().filter(|s| document.found.location.contains(s.quad.center())).collect();
    let stamps = place::stamp_lines(&frame, &seals);
    let scene = Scene {
        frame: &frame,
        kind,
        layout,
        sides: &sides,
        registration: &registration,
        labels: &labels,
        blocks: &blocks,
        seals: &seals,
        stamps: &stamps,
        form: form.as_ref(),
        labels_above: OnceCell::new(),
    };

    let mut second = mend::Budget::new(second);
    let mut record = Record::default();
    let mut used: Vec<Span> = Vec::new();
    let mut tables: BTreeMap<&str, Vec<Columns>> = BTreeMap::new();
    for table in &kind.tables {
        let rows = match table.body {
            _ if layout.is_some_and(|l| table.not_layouts.contains(&l.id)) => Vec::new(),
            TableBody::Rows if table.place.is_some() => {
                let (rows, spans) = placed_rows(&scene, table);
                used.extend(spans);
                rows
            }
            TableBody::Rows => {
                let found = columns::columns(&frame, table, &labels, layout);
                let rows = table_rows(&scene, table, &found, &mut used, &mut second);
                tables.insert(&table.key, found);
                rows
            }
            TableBody::Cells => {
                let (rows, spans) = cells::cells(&frame, table, &labels).unwrap_or_default();
                used.extend(spans);
                rows
            }
            // Their text may be the value of a field as well: after the fields.
            TableBody::Pairs => continue,
        };
        record.entries.insert(table.key.clone(), Entry::Rows { rows });
    }

    let mut fields = read_fields(&scene, &tables, used);
    for (field, spec) in fields.iter_mut().zip(&kind.fields) {
        let proof = mend::check_digit(kind, spec);
        for value in field.iter_mut() {
            mend::value(value, spec, proof, &mut second);
        }
        for locator in applicable(spec, &sides) {
            if let Some(form) = &form {
                field.iter_mut().for_each(|value| form.weigh(&frame, spec, locator, value));
                if field.is_empty() || spec.many {
                    field.extend(form.drawn(page, spec, locator));
                }
            }
            if let Some((told, quad)) = derived::from_code(spec, locator, &codes) {
                if field.is_empty() {
                    field.push(Field::default());
                }
                if let Some(first) = field.first_mut() {
                    derived::join_code(first, told, quad);
                }
            }
        }
    }
    for table in kind.tables.iter().filter(|t| t.body == TableBody::Pairs) {
        let rows = pairs::pairs(page, document.found, &scene, table, &fields);
        record.entries.insert(table.key.clone(), Entry::Rows { rows });
    }
    derive(&scene, &mut fields, &mut second);
    for (mut values, spec) in fields.into_iter().zip(&kind.fields) {
        let entry = if spec.many {
            Entry::Many(values)
        } else if values.is_empty() {
            Entry::One(Field::default())
        } else {
            Entry::One(values.swap_remove(0))
        };
        record.entries.insert(spec.key.clone(), entry);
    }
    record
}

/// The kind with the corrections that hold for the layout; `None` where all do.
fn narrowed(kind: &Kind, layout: Option<&Layout>) -> Option<Kind> {
    let holds = |c: &Correction| c.layouts.is_empty() || layout.is_some_and(|l| c.layouts.contains(&l.id));
    let columns = kind.tables.iter().flat_map(|t| &t.columns);
    if kind.fields.iter().chain(columns).flat_map(|f| &f.corrections).all(holds) {
        return None;
    }
    let mut kind = kind.clone();
    let columns = kind.tables.iter_mut().flat_map(|t| &mut t.columns);
    kind.fields.iter_mut().chain(columns).for_each(|f| f.corrections.retain(holds));
    Some(kind)
}

/// The rows of a table at its place; none where the page is not registered.
fn placed_rows(scene: &Scene, table: &RowTableSpec) -> (Vec<BTreeMap<String, Field>>, Vec<Span>) {
    let placed = scene.form.zip(table.place.as_ref());
    placed.map(|(form, place)| form.rows(scene.frame, table, place)).unwrap_or_default()
}

/// The rows of a table below its header, group by group, or from labels; their text is used.
fn table_rows(
    scene: &Scene,
    table: &RowTableSpec,
    columns: &[Columns],
    used: &mut Vec<Span>,
    second: &mut mend::Budget,
) -> Vec<BTreeMap<String, Field>> {
    let frame = scene.frame;
    let mut filled = Vec::new();
    let bare = |c: &Columns| table.by != RowsBy::Labels || label_rows::bare_header(scene, &c.header);
    for columns in columns.iter().filter(|c| bare(c)) {
        let besides = rows::besides(frame, table, scene.labels, |label| {
            let (spans, _) = scene.beside(label, Direction::Right, 1).into_iter().next()?;
            // What stands below the first header is that column's; reasoned: its values begin at most half a
            // character left of it.
            let inside = |s: &Span| frame.span_rect(s).left < columns.header.left - 0.5 * frame.line_height();
            Some(spans.into_iter().filter(inside).collect())
        });
        let mut found = rows::rows(frame, table, columns, &besides);
        rows::put_beside(frame, &mut found, &besides);
        let gaps = rows::gaps(frame, columns, &found);
        let mut group = Vec::new();
        for row in found {
            used.extend(row.values().flat_map(|c| c.spans.iter().copied()));
            group.push(rows::fields(frame, row));
        }
        mend::cells(&mut group, &gaps, second);
        filled.extend(group);
    }
    for row in &mut filled {
        copy_parts(table, row);
    }
    if filled.is_empty() && table.by != RowsBy::Header {
        let named = |row: &Row| table.by == RowsBy::Labels || names(table, row);
        for row in label_rows::rows(scene, table).into_iter().filter(named) {
            used.extend(row.values().flat_map(|c| c.spans.iter().copied()));
            filled.push(rows::fields(frame, row));
        }
    }
    if columns.is_empty() && !table.row_patterns.is_empty() {
        for row in row_forms::rows(scene, table) {
            used.extend(row.values().flat_map(|c| c.spans.iter().copied()));
            filled.push(rows::fields(frame, row));
        }
    }
    filled
}

/// Whether a row holds the table's first column of words.
fn names(table: &RowTableSpec, row: &Row) -> bool {
    let first = table.columns.iter().find(|c| c.field_type == FieldType::Text);
    first.is_some_and(|c| row.contains_key(&c.key))
}

/// Fills columns that are a part of another one's text.
fn copy_parts(table: &RowTableSpec, row: &mut BTreeMap<String, Field>) {
    for spec in &table.columns {
        let Some(part) = spec.copy.as_ref().filter(|_| !row.contains_key(&spec.key)) else { continue };
        let Some(source) = row.get(&part.from) else { continue };
        let raw: String = source.raw.nfkc().filter(|c| !c.is_whitespace()).collect();
        let found = part.pattern.regex().captures(&raw).and_then(|c| c.get(1).or_else(|| c.get(0)));
        let value = found.and_then(|m| value::normalise(spec.field_type, m.as_str()));
        if value.is_some() {
            let field = Field { value, state: State::Ok, char_confidences: Vec::new(), ..source.clone() };
            row.insert(spec.key.clone(), field);
        }
    }
}

/// The locators of a field that hold for the layouts of the sides shown.
fn applicable<'s>(spec: &'s FieldSpec, sides: &'s [&Layout]) -> impl Iterator<Item = &'s Locator> {
    spec.locate
        .iter()
        .filter(move |l| l.layouts().is_empty() || sides.iter().any(|side| l.layouts().contains(&side.id)))
}

/// Values per field, in the kind's order, from the text of the page: the best candidates first,
/// each stretch of text given to one field.
fn read_fields(scene: &Scene, tables: &BTreeMap<&str, Vec<Columns>>, mut used: Vec<Span>) -> Vec<Vec<Field>> {
    let kind = scene.kind;
    let mut fields: Vec<Vec<Field>> = vec![Vec::new(); kind.fields.len()];
    let mut starts: BTreeMap<usize, Vec<Rect>> = BTreeMap::new();
    let mut candidates: Vec<Candidate> = Vec::new();
    for (index, spec) in kind.fields.iter().enumerate() {
        candidates.extend(scene.candidates(index, spec));
        for locator in applicable(spec, scene.sides) {
            match locator {
                Locator::Title { .. } => {
                    if let Some((spans, text, quality)) = scene.title() {
                        used.extend(spans.iter().copied());
                        let field = title_field(scene.frame, &spans, &text, quality);
                        if let Some(values) = fields.get_mut(index) {
                            values.push(field);
                        }
                    }
                }
                Locator::Cell { table, column, labels, pattern } => {
                    let Some(columns) = tables.get(table.as_str()).and_then(|t| t.first()) else { continue };
                    for label in scene.labels.among(labels) {
                        let spans = rows::crossing(scene.frame, columns, column, &label.found.rect);
                        if !spans.is_empty() && label.found.rect.center().y > columns.header.bottom {
                            candidates.extend(Candidate::new(scene.frame, (index, spec), spans, 1.0, true));
                        }
                    }
                    if let Some(pattern) = pattern {
                        let spans = rows::below(scene.frame, columns, column, pattern);
                        candidates.extend(Candidate::new(
                            scene.frame,
                            (index, spec),
                            spans,
                            UNLABELLED,
                            false,
                        ));
                    }
                }
                _ => {}
            }
        }
    }
    for candidate in &mut candidates {
        let proof = kind.fields.get(candidate.field).and_then(|spec| mend::check_digit(kind, spec));
        candidate.proof = proof.zip(candidate.reading.value.as_deref()).map(|(p, value)| p.holds(value));
    }
    candidates.sort_by(|a, b| b.score().total_cmp(&a.score()));
    for candidate in candidates {
        let Some(spec) = kind.fields.get(candidate.field) else { continue };
        let Some(values) = fields.get_mut(candidate.field) else { continue };
        let free = candidate.spans.iter().all(|s| !used.iter().any(|u| u.overlaps(s)));
        if free && (spec.many || values.is_empty()) {
            used.extend(candidate.spans.iter().copied());
            let start = candidate.spans.first().map(|s| scene.frame.span_rect(s)).unwrap_or_default();
            starts.entry(candidate.field).or_default().push(start);
            values.push(candidate.into_field(scene.frame));
        }
    }
    read_near(scene, &mut fields, &mut used);
    for (index, values) in fields.iter_mut().enumerate() {
        if !kind.fields.get(index).is_some_and(|spec| spec.many) {
            continue;
        }
        // In the order in which they are read: a value that is wrapped begins with its first line.
        let starts = starts.remove(&index).filter(|s| s.len() == values.len());
        let around = |f: &Field| f.quad.map(|q| q.map(|p| scene.frame.point(p)).bounds()).unwrap_or_default();
        let starts = starts.unwrap_or_else(|| values.iter().map(around).collect());
        let mut placed: Vec<_> = starts.into_iter().zip(std::mem::take(values)).collect();
        placed.sort_by(|a, b| a.0.center().y.total_cmp(&b.0.center().y));
        for row in placed.chunk_by_mut(|a, b| same_row(&a.0, &b.0)) {
            row.sort_by(|a, b| a.0.left.total_cmp(&b.0.left));
        }
        values.extend(placed.into_iter().map(|(_, field)| field));
    }
    fields
}

/// Fields that stand beside another one's value, now that it is known.
fn read_near(scene: &Scene, fields: &mut [Vec<Field>], used: &mut Vec<Span>) {
    for (index, spec) in scene.kind.fields.iter().enumerate() {
        for locator in applicable(spec, scene.sides) {
            let Locator::Near { field, direction, .. } = locator else { continue };
            let source = scene.kind.fields.iter().position(|f| f.key == *field);
            let place = source.and_then(|i| fields.get(i)?.first()?.quad);
            let Some(values) = fields.get_mut(index).filter(|v| v.is_empty()) else { continue };
            let Some(place) = place else { continue };
            let rect = place.map(|p| scene.frame.point(p)).bounds();
            let spans = scene.near(&rect, *direction);
            if spans.iter().any(|s| used.iter().any(|u| u.overlaps(s))) {
                continue;
            }
            if let Some(candidate) = Candidate::new(scene.frame, (index, spec), spans, UNLABELLED, false) {
                used.extend(candidate.spans.iter().copied());
                values.push(candidate.into_field(scene.frame));
            }
        }
    }
}

fn title_field(frame: &Frame, spans: &[Span], text: &str, quality: f32) -> Field {
    Field {
        value: value::normalise(crate::kind::FieldType::Text, text),
        raw: stretch::raw(frame, spans),
        quad: stretch::quad(frame, spans),
        confidence: stretch::confidence(frame, spans) * quality,
        state: State::Ok,
        ..Field::default()
    }
}

/// Layout constants, seals and flags, then what follows from other fields.
fn derive(scene: &Scene, fields: &mut [Vec<Field>], second: &mut mend::Budget) {
    let kind = scene.kind;
    for (spec, values) in kind.fields.iter().zip(fields.iter_mut()) {
        let mut found: Vec<Field> = Vec::new();
        if let Some(value) = scene.layout.and_then(|l| l.set.get(&spec.key)) {
            found.push(derived::constant(value));
        }
        for locator in &spec.locate {
            found.extend(derived::from_seals(locator, scene.seals));
            if let Locator::Present { pattern } = locator {
                let seen = scene.frame.lines.iter().any(|l| pattern.regex().is_match(&compact(&l.text())));
                found.extend(seen.then(|| derived::constant("true")));
            }
        }
        if values.is_empty() || spec.many {
            values.extend(found);
        }
    }
    // A value may follow from one that itself follows from another: twice is as deep as it goes.
    for _ in 0..2 {
        for (index, spec) in kind.fields.iter().enumerate() {
            let known = |key: &str| {
                let source = kind.fields.iter().position(|f| f.key == key)?;
                fields.get(source)?.first()
            };
            let mut locators = applicable(spec, scene.sides);
            let found = locators.find_map(|l| derived::from_fields(spec, l, known));
            let Some(values) = fields.get_mut(index) else { continue };
            // What does not have its field's form gives way.
            let gives_way = values.first().is_none_or(|f| f.state == State::Invalid);
            if let Some(mut found) = found.filter(|_| gives_way) {
                found.alternatives.extend(values.drain(..).filter_map(|f| f.value));
                values.push(found);
            }
        }
    }
    for (index, spec) in kind.fields.iter().enumerate() {
        let empty = fields.get(index).is_some_and(Vec::is_empty);
        for locator in applicable(spec, scene.sides).filter(|_| empty) {
            let Locator::Colour { from, values } = locator else { continue };
            let source = kind.fields.iter().position(|f| f.key == *from);
            let Some(source) = source.and_then(|i| fields.get(i)?.first()) else { continue };
            let Some(value) = second.ground(source).and_then(|c| values.get(&c)) else { continue };
            // As sure as the place of the text that it lies behind.
            let found =
                Field { confidence: source.confidence, quad: source.quad, ..derived::constant(value) };
            if let Some(own) = fields.get_mut(index) {
                own.push(Field { origin: Origin::Read, ..found });
            }
        }
    }
}
