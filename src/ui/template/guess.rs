//! What a mark on a sample page probably means: where the label of a line ends, what a place is called and
//! holds, where the columns of a table run. Only proposals; the user has the last word.

use crate::{
    classify::{
        fold::find,
        frame::{Frame, Span},
    },
    geometry::{Homography, Point, Quad, Rect},
    kind::{FieldType, PlaceContent, Reference, template::TemplateColumn, value},
    ocr::TextLine,
    structure::{PageStructure, Table},
};

/// Margin around a line that is marked as a place, in its heights: other samples are filled a little
/// higher or lower.
const MARGIN: f32 = 0.35;

/// What a place seems to hold.
#[derive(Debug, Clone, PartialEq)]
pub enum Holds {
    Value(FieldType, PlaceContent),
    Table(Vec<TemplateColumn>),
}

/// The line of the page under a point.
pub fn line_at(page: &PageStructure, at: Point) -> Option<usize> {
    page.lines.iter().position(|l| l.quad.contains(at))
}

/// A line's label as a reference: what stands before a colon, else all of it.
pub fn reference_of(line: &TextLine) -> Option<Reference> {
    let label = match line.text.split_once([':', '：']) {
        Some((label, _)) if label.chars().any(char::is_alphanumeric) => label.trim(),
        _ => line.text.trim(),
    };
    reference_in(line, label)
}

/// A part of a line as a reference; `None` where the line does not hold it.
pub fn reference_in(line: &TextLine, text: &str) -> Option<Reference> {
    let frame = Frame::of_lines(std::slice::from_ref(line), &[0], 0);
    let found = find(&frame, text).into_iter().max_by(|a, b| a.quality.total_cmp(&b.quality))?;
    let quad = frame.span_quad(found.spans.first()?)?;
    Some(Reference { text: text.trim().to_owned(), quad })
}

/// The reference with its text changed: on the line where it stood, so that its place follows.
pub fn moved(page: &PageStructure, reference: &Reference) -> Option<Quad> {
    let line = page.lines.get(line_at(page, reference.quad.center())?)?;
    Some(reference_in(line, &reference.text)?.quad)
}

/// The place of a line's value: what follows a colon, else all of it, with a margin.
pub fn place_of(line: &TextLine) -> Option<Quad> {
    let frame = Frame::of_lines(std::slice::from_ref(line), &[0], 0);
    let glyphs = &frame.lines.first()?.glyphs;
    let colon = glyphs.iter().position(|g| matches!(g.char, ':' | '：')).filter(|c| c + 1 < glyphs.len());
    let from = colon.map_or(0, |c| c + 1);
    let quad = frame.span_quad(&Span { line: 0, from, to: glyphs.len() })?;
    let margin = MARGIN * quad.height();
    Some(grown(&quad, margin, margin))
}

/// A quad grown by so much along and across its reading direction.
fn grown(quad: &Quad, along: f32, across: f32) -> Quad {
    let (w, h) = (quad.width().max(1.0), quad.height().max(1.0));
    let level = Quad::from_rect(0.0, 0.0, w, h);
    let Some(map) = Homography::between(&level, quad) else { return *quad };
    Quad::from_rect(-along, -across, w + along, h + across).map(|p| map.apply(p))
}

/// A quad kept on a page of this size.
pub fn on_page(quad: &Quad, [width, height]: [f32; 2]) -> Quad {
    quad.map(|p| Point::new(p.x.clamp(0.0, width), p.y.clamp(0.0, height)))
}

/// All lines of a page, each with its characters.
fn frame_of(page: &PageStructure) -> Frame {
    let all: Vec<usize> = (0..page.lines.len()).collect();
    Frame::of_lines(&page.lines, &all, page.rotation)
}

/// The text inside a place: lines, or parts of lines.
fn text_in(page: &PageStructure, place: &Quad) -> String {
    let frame = frame_of(page);
    let glyphs = frame.lines.iter().flat_map(|l| &l.glyphs);
    glyphs.filter(|g| place.contains(g.quad_in_page.center())).map(|g| g.char).collect()
}

/// What a place seems to be called: the label whose value stands there, else the text to its left, else above.
pub fn name_of(page: &PageStructure, place: &Quad) -> Option<String> {
    let pair = page.key_values.iter().find(|kv| kv.value_quad.is_some_and(|q| place.contains(q.center())));
    if let Some(pair) = pair {
        return Some(bare(&pair.key)).filter(|name| !name.is_empty());
    }
    // The place as a level rectangle: what is left of it, or above?
    let level = Rect::new(0.0, 0.0, place.width(), place.height());
    let map = Homography::between(place, &level.into())?;
    let mut nearest: Option<(f32, String)> = None;
    let mut propose = |off: f32, text: String| {
        let name = bare(&text);
        let named = name.chars().any(char::is_alphanumeric);
        if named && nearest.as_ref().is_none_or(|(least, _)| off < *least) {
            nearest = Some((off, name));
        }
    };
    for line in &frame_of(page).lines {
        let rects = line.glyphs.iter().map(|g| (g.char, g.quad_in_page.map(|p| map.apply(p)).bounds()));
        let rects: Vec<(char, Rect)> = rects.collect();
        let Some(around) = rects.iter().map(|r| r.1).reduce(|a, b| a.union(&b)) else { continue };
        if around.center().y > 0.0 && around.center().y < level.height() {
            // A line may begin with the label and run on into the place.
            let before: Vec<&(char, Rect)> = rects.iter().filter(|(_, r)| r.center().x < 0.0).collect();
            if let Some((_, last)) = before.last() {
                propose((-last.right).max(0.0), before.iter().map(|r| r.0).collect());
            }
        } else if around.center().y < 0.0 && around.left < level.right && around.right > 0.0 {
            // Farther than a label on the row at the same distance.
            propose(2.0 * -around.bottom, line.text());
        }
    }
    nearest.map(|(_, name)| name)
}

/// A printed label without its colon.
fn bare(text: &str) -> String {
    let label = text.split([':', '：']).next().unwrap_or(text);
    label.trim().to_owned()
}

/// What a place seems to hold, told by what it holds on the sample.
pub fn holds(page: &PageStructure, place: &Quad) -> Holds {
    if let Some(table) = table_in(page, place) {
        return Holds::Table(columns(page, place, Some(table)));
    }
    if page.seals.iter().any(|s| place.contains(s.quad.center())) {
        return Holds::Value(FieldType::Text, PlaceContent::Seal);
    }
    if page.codes.iter().any(|c| place.contains(c.quad.center())) {
        return Holds::Value(FieldType::Text, PlaceContent::Code);
    }
    let text = text_in(page, place);
    let plain: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let is = |field_type| value::normalise(field_type, &plain).is_some();
    let digits = plain.chars().filter(char::is_ascii_digit).count();
    let date_signs = plain.contains(['年', '月', '-', '/', '.']) && digits >= 4;
    let field_type = if plain.is_empty() {
        FieldType::Text
    } else if date_signs && is(FieldType::Date) {
        FieldType::Date
    } else if plain.chars().all(|c| c.is_ascii_digit()) {
        FieldType::Digits
    } else if (plain.contains(['¥', '￥', '元']) || plain.contains('.')) && is(FieldType::Amount) {
        FieldType::Amount
    } else {
        FieldType::Text
    };
    Holds::Value(field_type, PlaceContent::Text)
}

/// A table of the page of which most lies in the place.
fn table_in<'p>(page: &'p PageStructure, place: &Quad) -> Option<&'p Table> {
    page.tables.iter().find(|t| {
        t.rows > 1
            && t.cols > 1
            && t.quad.area() > 0.0
            && place.intersection_area(&t.quad) > 0.6 * t.quad.area()
    })
}

/// The columns of a table at a place: those of the table found there, else as its first row of texts
/// stands.
pub fn columns(page: &PageStructure, place: &Quad, table: Option<&Table>) -> Vec<TemplateColumn> {
    let level = Rect::new(0.0, 0.0, 1.0, 1.0);
    let Some(map) = Homography::between(place, &level.into()) else { return vec![column("", [0.0, 1.0], 0)] };
    let heads: Vec<(String, f32, f32)> = match table.or_else(|| table_in(page, place)) {
        Some(table) => {
            let mut cells: Vec<_> = table.cells.iter().filter(|c| c.row == 0).collect();
            cells.sort_by_key(|c| c.col);
            cells
                .iter()
                .map(|c| {
                    let r = c.quad.map(|p| map.apply(p)).bounds();
                    (c.text.replace('\n', ""), r.left, r.right)
                })
                .collect()
        }
        None => first_row(page, &map),
    };
    if heads.is_empty() {
        return vec![column("", [0.0, 1.0], 0)];
    }
    // Columns meet half way between their headings.
    let mut left = 0.0;
    let mut columns: Vec<TemplateColumn> = Vec::new();
    for (i, (text, _, right)) in heads.iter().enumerate() {
        let edge = match heads.get(i + 1) {
            Some((_, next, _)) => ((right + next) / 2.0).clamp(left, 1.0),
            None => 1.0,
        };
        let edge = (edge * 1000.0).round() / 1000.0;
        if edge - left > 0.005 {
            columns.push(column(text, [left, edge], i));
            left = edge;
        }
    }
    columns
}

/// The texts of the uppermost row of a place, from the left, in fractions of it.
fn first_row(page: &PageStructure, map: &Homography) -> Vec<(String, f32, f32)> {
    let level = Rect::new(0.0, 0.0, 1.0, 1.0);
    let inside = page.lines.iter().map(|l| (l, l.quad.map(|p| map.apply(p)).bounds()));
    let mut inside: Vec<_> = inside.filter(|(_, r)| level.contains(r.center())).collect();
    inside.sort_by(|a, b| a.1.top.total_cmp(&b.1.top));
    let Some(first) = inside.first().map(|(_, r)| *r) else { return Vec::new() };
    let mut row: Vec<_> = inside.into_iter().filter(|(_, r)| r.top < first.center().y).collect();
    row.sort_by(|a, b| a.1.left.total_cmp(&b.1.left));
    row.into_iter().map(|(l, r)| (l.text.clone(), r.left, r.right)).collect()
}

fn column(text: &str, span: [f32; 2], index: usize) -> TemplateColumn {
    let zh = bare(text);
    let zh = if zh.is_empty() { format!("列 {}", index + 1) } else { zh };
    let latin = zh.is_ascii();
    let en = if latin { zh.clone() } else { format!("Column {}", index + 1) };
    let key = crate::kind::template::key_of(&en, "column", &Default::default());
    let labels = if text.trim().is_empty() { Vec::new() } else { vec![text.trim().to_owned()] };
    let field_type = FieldType::Text;
    TemplateColumn { key, label: crate::kind::Label { zh, en }, labels, field_type, span }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str, left: f32, top: f32) -> TextLine {
        let width = text.chars().map(|c| if c.is_ascii() { 11.0 } else { 20.0 }).sum::<f32>();
        let quad = Quad::from_rect(left, top, left + width, top + 20.0);
        TextLine { text: text.into(), quad, confidence: 0.9, ..TextLine::default() }
    }

    fn page(lines: Vec<TextLine>) -> PageStructure {
        PageStructure { lines, ..PageStructure::default() }
    }

    /// Two lines in one row.
    fn page_of_one(left: &str, right: &str) -> PageStructure {
        page(vec![line(left, 100.0, 50.0), line(right, 400.0, 50.0)])
    }

    #[test]
    fn a_line_is_parted_at_its_colon() {
        let line = line("姓名：张三", 100.0, 50.0);
        let reference = reference_of(&line).expect("a label");
        assert_eq!(reference.text, "姓名");
        assert!(reference.quad.bounds().right < 145.0, "{:?}", reference.quad);
        let place = place_of(&line).expect("a value").bounds();
        assert!(place.left > 145.0 && place.left < 165.0 && place.top < 50.0, "{place:?}");
        assert!(reference_in(&line, "住址").is_none());
    }

    #[test]
    fn places_are_named_by_the_label_beside_or_above_them() {
        let page =
            page(vec![line("部门：", 100.0, 50.0), line("日期", 400.0, 20.0), line("备注", 900.0, 400.0)]);
        assert_eq!(name_of(&page, &Quad::from_rect(180.0, 45.0, 330.0, 75.0)).as_deref(), Some("部门"));
        assert_eq!(name_of(&page, &Quad::from_rect(390.0, 45.0, 520.0, 75.0)).as_deref(), Some("日期"));
        let page = page_of_one("部门", "日期：2024年");
        assert_eq!(name_of(&page, &Quad::from_rect(462.0, 45.0, 620.0, 75.0)).as_deref(), Some("日期"));
        assert_eq!(name_of(&PageStructure::default(), &Quad::from_rect(0.0, 0.0, 9.0, 9.0)), None);
    }

    #[test]
    fn the_sample_tells_what_a_place_holds() {
        let place = Quad::from_rect(90.0, 40.0, 400.0, 80.0);
        for (text, expected) in [
            ("2024年5月6日", FieldType::Date),
            ("¥1,200.00", FieldType::Amount),
            ("20240506", FieldType::Digits),
            ("物资部", FieldType::Text),
        ] {
            let page = page(vec![line(text, 100.0, 50.0)]);
            assert_eq!(holds(&page, &place), Holds::Value(expected, PlaceContent::Text), "{text}");
        }
    }

    #[test]
    fn columns_meet_between_their_headings() {
        let page = page(vec![
            line("名称", 0.0, 0.0),
            line("数量", 100.0, 2.0),
            line("2", 105.0, 30.0),
            line("Price", 200.0, 0.0),
        ]);
        let found = columns(&page, &Quad::from_rect(0.0, -5.0, 300.0, 100.0), None);
        let spans: Vec<_> = found.iter().map(|c| (c.label.zh.as_str(), c.key.as_str(), c.span)).collect();
        assert_eq!(
            spans,
            [
                ("名称", "column_1", [0.0, 0.233]),
                ("数量", "column_2", [0.233, 0.567]),
                ("Price", "price", [0.567, 1.0])
            ]
        );
    }
}
