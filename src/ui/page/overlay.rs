//! What was found, drawn over the page: lines, values, tables, seals.
//!
//! Thin at rest, strong and tinted in hand.

use eframe::egui::{Color32, Painter, Pos2, Rect, Shape, Stroke};

use crate::{
    extract::{Field, FieldPath, Record, State},
    geometry::Quad,
    review::PageReading,
    ui::{
        settings::Overlays,
        theme::{PAPER, tint},
    },
};

use super::view::View;

/// A value's box on the page.
pub struct FieldBox<'a> {
    pub path: FieldPath,
    pub quad: Quad,
    pub field: &'a Field,
}

/// The boxes of all values of a record, of a document on `pages`, that have a place on `page`.
pub fn field_boxes<'r>(record: &'r Record, pages: &[usize], page: usize) -> Vec<FieldBox<'r>> {
    let here = record.iter().filter(|(_, field)| field.page_among(pages) == Some(page));
    here.filter_map(|(path, field)| Some(FieldBox { path, quad: field.quad?, field })).collect()
}

fn field_color(field: &Field) -> Color32 {
    match field.state {
        State::Invalid => PAPER.failed,
        State::Doubtful if !field.confirmed => PAPER.doubtful,
        State::Ok | State::Doubtful | State::Missing => PAPER.field,
    }
}

/// Draws over the page.
pub struct Pencil<'a> {
    pub painter: &'a Painter,
    pub pane: Rect,
    pub view: &'a View,
}

impl Pencil<'_> {
    /// The quad's corners on the screen, a little outside, so that the line does not run through
    /// the print.
    fn outside(&self, quad: &Quad) -> [Pos2; 4] {
        const GAP: f32 = 2.0;
        let [a, b, c, d] = self.view.quad_on_screen(self.pane, quad);
        // Small print seen from afar has no room to spare.
        let gap = GAP.min((d - a).length() / 8.0);
        let (along, down) = ((b - a).normalized() * gap, (d - a).normalized() * gap);
        [a - along - down, b + along - down, c + along + down, d - along + down]
    }

    /// An outline at rest.
    fn thin(&self, quad: &Quad, color: Color32) {
        let corners = self.outside(quad);
        if self.pane.intersects(Rect::from_points(&corners)) {
            self.painter.add(Shape::closed_line(corners.to_vec(), Stroke::new(1.0, color)));
        }
    }

    /// An outline in hand, with a tinted fill.
    pub fn strong(&self, quad: &Quad, color: Color32) {
        let corners = self.outside(quad);
        if self.pane.intersects(Rect::from_points(&corners)) {
            self.filled(corners, tint(color, 0.14), Stroke::new(2.0, color));
        }
    }

    /// An outline in hand, without a fill that would hide what is read.
    pub fn strong_outline(&self, quad: &Quad, color: Color32) {
        let corners = self.outside(quad);
        self.painter.add(Shape::closed_line(corners.to_vec(), Stroke::new(1.5, color)));
    }

    /// A tinted fill alone.
    pub fn wash(&self, quad: &Quad, color: Color32) {
        let corners = self.view.quad_on_screen(self.pane, quad);
        if self.pane.intersects(Rect::from_points(&corners)) {
            self.filled(corners, tint(color, 0.22), Stroke::NONE);
        }
    }

    fn filled(&self, corners: [Pos2; 4], fill: Color32, stroke: Stroke) {
        self.painter.add(Shape::convex_polygon(corners.to_vec(), fill, stroke));
    }

    /// Everything that is switched on and lies at rest.
    pub fn at_rest(&self, page: &PageReading, boxes: &[FieldBox<'_>], on: Overlays) {
        let structure = &page.structure;
        if on.lines {
            for line in &structure.lines {
                self.thin(&line.quad, PAPER.line);
            }
        }
        if on.tables {
            for table in &structure.tables {
                for cell in &table.cells {
                    self.thin(&cell.quad, PAPER.table);
                }
                self.thin(&table.quad, PAPER.table);
            }
        }
        if on.seals {
            for seal in &structure.seals {
                self.thin(&seal.quad, PAPER.seal);
            }
        }
        if on.fields {
            for b in boxes {
                self.thin(&b.quad, field_color(b.field));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::extract::Entry;

    use super::*;

    #[test]
    fn values_without_a_place_have_no_box() {
        let field = |quad, page| Entry::One(Field { quad, page, ..Field::default() });
        let quad = Quad::from_rect(0.0, 0.0, 100.0, 100.0);
        let record = Record {
            entries: [
                ("read".to_owned(), field(Some(quad), None)),
                ("computed".to_owned(), field(None, None)),
                ("behind".to_owned(), field(Some(quad), Some(2))),
            ]
            .into(),
        };
        let keys = |page| -> Vec<String> {
            field_boxes(&record, &[1, 2], page).iter().map(|b| b.path.key().to_owned()).collect()
        };
        assert_eq!((keys(1), keys(2)), (vec!["read".to_owned()], vec!["behind".to_owned()]));
    }
}
