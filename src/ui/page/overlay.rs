//! What was found, drawn over the page: lines, values, tables, seals.
//!
//! Thin at rest, strong and tinted in hand.

use eframe::egui::{Color32, Mesh, Painter, Pos2, Rect, Shape, Stroke, pos2};

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

    /// An outline at rest. One along the screen's axes goes into `crisp` on whole pixels; one that is
    /// tilted is a line with soft edges, which costs several times as much.
    fn thin(&self, crisp: &mut Mesh, quad: &Quad, color: Color32) {
        let corners = self.outside(quad);
        let rect = Rect::from_points(&corners);
        if !self.pane.intersects(rect) {
            return;
        }
        let pixel = 1.0 / self.painter.pixels_per_point();
        let near = |v: f32, a: f32, b: f32| (v - a).abs().min((v - b).abs()) < 0.5 * pixel;
        let straight =
            |c: &Pos2| near(c.x, rect.left(), rect.right()) && near(c.y, rect.top(), rect.bottom());
        if !corners.iter().all(straight) {
            self.painter.add(Shape::closed_line(corners.to_vec(), Stroke::new(1.0, color)));
            return;
        }
        let whole = |v: f32| (v / pixel).round() * pixel;
        let (left, right, top, bottom) =
            (whole(rect.left()), whole(rect.right()), whole(rect.top()), whole(rect.bottom()));
        let width = (1.0 / pixel).round().max(1.0) * pixel;
        let edges = [
            [left, top, right + width, top + width],
            [left, bottom, right + width, bottom + width],
            [left, top, left + width, bottom],
            [right, top, right + width, bottom],
        ];
        for [x1, y1, x2, y2] in edges {
            crisp.add_colored_rect(Rect::from_min_max(pos2(x1, y1), pos2(x2, y2)), color);
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
        let mut crisp = Mesh::default();
        if on.lines {
            for line in &structure.lines {
                self.thin(&mut crisp, &line.quad, PAPER.line);
            }
        }
        if on.tables {
            for table in &structure.tables {
                for cell in &table.cells {
                    self.thin(&mut crisp, &cell.quad, PAPER.table);
                }
                self.thin(&mut crisp, &table.quad, PAPER.table);
            }
        }
        if on.seals {
            for seal in &structure.seals {
                self.thin(&mut crisp, &seal.quad, PAPER.seal);
            }
        }
        if on.fields {
            for b in boxes {
                self.thin(&mut crisp, &b.quad, field_color(b.field));
            }
        }
        self.painter.add(Shape::mesh(crisp));
    }
}

#[cfg(test)]
mod tests {
    use eframe::egui;

    use crate::{extract::Entry, geometry::Point};

    use super::*;

    #[test]
    fn straight_outlines_share_a_mesh_on_whole_pixels_and_tilted_ones_do_not() {
        let ctx = egui::Context::default();
        let pane = Rect::from_min_size(pos2(0.0, 0.0), egui::vec2(800.0, 600.0));
        let view = View { center: Point::new(400.0, 300.0), zoom: 1.0, turn: 0.0 };
        let output = ctx.run_ui(egui::RawInput::default(), |ui| {
            let painter = Painter::new(ui.ctx().clone(), egui::LayerId::background(), pane);
            let pencil = Pencil { painter: &painter, pane, view: &view };
            let mut crisp = Mesh::default();
            pencil.thin(&mut crisp, &Quad::from_rect(100.3, 100.3, 200.0, 150.0), PAPER.line);
            assert_eq!(crisp.vertices.len(), 16);
            assert!(crisp.vertices.iter().all(|v| v.pos.x.fract() == 0.0 && v.pos.y.fract() == 0.0));
            let corners = [(100.0, 100.0), (200.0, 130.0), (190.0, 170.0), (90.0, 140.0)];
            pencil.thin(&mut crisp, &Quad(corners.map(|(x, y)| Point::new(x, y))), PAPER.line);
            pencil.thin(&mut crisp, &Quad::from_rect(2000.0, 0.0, 2100.0, 50.0), PAPER.line);
            assert_eq!(crisp.vertices.len(), 16, "tilted, or out of sight");
        });
        output.drop_without_applying_deltas();
    }

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
