//! A page as texture tiles: any size of page on any graphics card, sharp at every zoom.
//!
//! Each level of the page is cut into tiles that are uploaded when they come into sight. The
//! coarsest level is drawn below until the finer tiles are there.

use std::collections::HashMap;

use eframe::egui::{
    self, Color32, ColorImage, Mesh, Painter, Rect, Shape, TextureHandle, TextureOptions, epaint::Vertex,
    pos2,
};

use crate::geometry::{Point, Quad};

use super::{
    images::{Levels, PageKey},
    view::View,
};

/// Side of a tile in pixels: small enough for every graphics card (OpenGL 3 guarantees 1024) and
/// for an upload within a frame.
const TILE: u32 = 1024;
/// Tiles uploaded per frame; the rest follows in the next frames.
const UPLOADS_PER_FRAME: usize = 2;

/// Place of a tile: level, column, row.
type TileKey = (usize, u32, u32);

/// The textures of the page on show.
#[derive(Default)]
pub struct Tiles {
    page: Option<PageKey>,
    textures: HashMap<TileKey, TextureHandle>,
    /// Tiles drawn in this frame; others are let go at its end.
    used: Vec<TileKey>,
    uploads: usize,
}

impl Tiles {
    /// Starts a frame; textures of another page are freed.
    pub fn begin(&mut self, page: Option<PageKey>) {
        if self.page != page {
            self.textures.clear();
            self.page = page;
        }
        self.used.clear();
        self.uploads = 0;
    }

    /// Ends a frame; textures that were not drawn are freed, but for the coarsest level.
    pub fn end(&mut self, coarsest: usize) {
        let used = &self.used;
        self.textures.retain(|key, _| key.0 == coarsest || used.contains(key));
    }

    /// Draws the part of the page that `pane` shows.
    pub fn paint(&mut self, painter: &Painter, pane: Rect, levels: &Levels, view: &View) {
        let Some(coarsest) = levels.0.len().checked_sub(1) else { return };
        let pixels_per_texel = view.zoom * painter.pixels_per_point();
        // The finest level that still has at least one texel for each pixel of the screen.
        let level = if pixels_per_texel >= 1.0 {
            0
        } else {
            ((1.0 / pixels_per_texel).log2().floor() as usize).min(coarsest)
        };
        if level != coarsest {
            self.paint_level(painter, pane, levels, view, coarsest);
        }
        self.paint_level(painter, pane, levels, view, level);
    }

    fn paint_level(&mut self, painter: &Painter, pane: Rect, levels: &Levels, view: &View, level: usize) {
        let Some(image) = levels.0.get(level) else { return };
        let (width, height) = levels.size();
        let (w, h) = image.dimensions();
        let (sx, sy) = (width as f32 / w as f32, height as f32 / h as f32);
        let seen = view.seen(pane);
        let painter = painter.with_clip_rect(pane.intersect(painter.clip_rect()));
        for row in 0..h.div_ceil(TILE) {
            for col in 0..w.div_ceil(TILE) {
                let (x, y) = (col * TILE, row * TILE);
                let (x2, y2) = ((x + TILE).min(w), (y + TILE).min(h));
                let quad = Quad::from_rect(x as f32 * sx, y as f32 * sy, x2 as f32 * sx, y2 as f32 * sy);
                let b = quad.bounds().intersection(&seen);
                if b.width() <= 0.0 || b.height() <= 0.0 {
                    continue;
                }
                let key = (level, col, row);
                if !self.textures.contains_key(&key) {
                    if self.uploads >= UPLOADS_PER_FRAME {
                        painter.ctx().request_repaint();
                        continue;
                    }
                    self.uploads += 1;
                    let part = cut(image, x, y, x2 - x, y2 - y);
                    let texture = painter.ctx().load_texture("page tile", part, TextureOptions::LINEAR);
                    self.textures.insert(key, texture);
                }
                if let Some(texture) = self.textures.get(&key) {
                    painter.add(textured(texture, &view.quad_on_screen(pane, &quad)));
                    self.used.push(key);
                }
            }
        }
    }

    /// How many textures are held.
    #[cfg(test)]
    fn len(&self) -> usize {
        self.textures.len()
    }
}

/// Four corners with a whole texture between them.
fn textured(texture: &TextureHandle, corners: &[egui::Pos2; 4]) -> Shape {
    let mut mesh = Mesh::with_texture(texture.id());
    let uvs = [pos2(0.0, 0.0), pos2(1.0, 0.0), pos2(1.0, 1.0), pos2(0.0, 1.0)];
    mesh.vertices.extend(corners.iter().zip(uvs).map(|(pos, uv)| Vertex {
        pos: *pos,
        uv,
        color: Color32::WHITE,
    }));
    mesh.add_triangle(0, 1, 2);
    mesh.add_triangle(0, 2, 3);
    Shape::mesh(mesh)
}

/// A part of the image as egui takes it.
fn cut(image: &image::RgbImage, x: u32, y: u32, w: u32, h: u32) -> ColorImage {
    let stride = image.width() as usize * 3;
    let rows = image.as_raw().chunks_exact(stride).skip(y as usize).take(h as usize);
    let (from, to) = (x as usize * 3, (x + w) as usize * 3);
    let pixels = rows
        .flat_map(|row| row.get(from..to).unwrap_or_default().chunks_exact(3))
        .map(|p| Color32::from_rgb(p[0], p[1], p[2]))
        .collect();
    ColorImage::new([w as usize, h as usize], pixels)
}

/// The page's outline as a quad.
pub fn outline(size: (u32, u32)) -> Quad {
    Quad([
        Point::new(0.0, 0.0),
        Point::new(size.0 as f32, 0.0),
        Point::new(size.0 as f32, size.1 as f32),
        Point::new(0.0, size.1 as f32),
    ])
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use eframe::egui::{LayerId, vec2};

    use super::*;
    use crate::{review::FileId, ui::page::images};

    #[test]
    fn a_part_is_cut_out_exactly() {
        let image = image::RgbImage::from_fn(7, 5, |x, y| image::Rgb([x as u8, y as u8, 9]));
        let part = cut(&image, 2, 1, 3, 2);
        assert_eq!(part.size, [3, 2]);
        assert_eq!(part.pixels[0], Color32::from_rgb(2, 1, 9));
        assert_eq!(part.pixels[5], Color32::from_rgb(4, 2, 9));
    }

    #[test]
    fn only_tiles_in_sight_are_held() {
        let ctx = egui::Context::default();
        let levels = images::levels(Arc::new(image::RgbImage::new(5000, 5000)));
        let key = PageKey { file: FileId(1), page: 1 };
        let pane = Rect::from_min_size(pos2(0.0, 0.0), vec2(800.0, 600.0));
        let mut tiles = Tiles::default();
        let output = ctx.run_ui(egui::RawInput::default(), |ui| {
            let painter = Painter::new(ui.ctx().clone(), LayerId::background(), pane);
            let near = View { center: Point::new(400.0, 300.0), zoom: 1.0, turn: 0.0 };
            for _ in 0..3 {
                tiles.begin(Some(key));
                tiles.paint(&painter, pane, &levels, &near);
                tiles.end(3);
            }
            assert_eq!(tiles.len(), 2, "one of the finest level and the coarsest");
            tiles.begin(Some(key));
            tiles.paint(&painter, pane, &levels, &View { zoom: 0.1, ..near });
            tiles.end(3);
            assert_eq!(tiles.len(), 1, "only the coarsest");
            tiles.begin(None);
            assert_eq!(tiles.len(), 0);
        });
        output.drop_without_applying_deltas();
    }
}
