//! Dashes in cells: the sign for "nothing" in statements and lists, which readers of text do not
//! see as text.

use image::GrayImage;

use crate::{
    geometry::Quad,
    numbers::{histogram, percentile},
};

/// A dash is this many text heights long: a hyphen in small print took 0.18 …
const LENGTH: std::ops::RangeInclusive<f32> = 0.15..=1.7;
/// … and at most this many (or three pixels) thick.
const THICKNESS: f32 = 0.2;
/// From this length on, in text heights, it is a dash as wide as a Chinese character.
const LONG: f32 = 0.7;
/// Darker than the ground by this many gray levels.
const INK: u8 = 45;
/// Share of its box that is ink: a dash is solid.
const SOLID: f32 = 0.65;

/// The dash that is all there is in a `cell`, and its place as that of a character; both in the view's pixels.
pub fn dash_in(view: &GrayImage, cell: &Quad, text_height: f32) -> Option<(char, Quad)> {
    // The cell's own rules stay outside, also where they run askew.
    let inset = 0.22 * text_height;
    let (width, height) = (cell.width() - 2.0 * inset, cell.height() - 2.0 * inset);
    if width < 3.0 || height < 3.0 || view.width() == 0 || view.height() == 0 {
        return None;
    }
    let (columns, rows) = (width as u32, height as u32);
    let [a, b, c, d] = cell.0;
    let at_place = |x: f32, y: f32| {
        let (along, down) = ((inset + x) / cell.width(), (inset + y) / cell.height());
        a.lerp(b, along).lerp(d.lerp(c, along), down)
    };
    let level = |(x, y): (u32, u32)| {
        let p = at_place(x as f32 + 0.5, y as f32 + 0.5);
        let at = |v: f32, size: u32| (v.max(0.0) as u32).min(size - 1);
        view.get_pixel(at(p.x, view.width()), at(p.y, view.height())).0[0]
    };
    let place = || (0..rows).flat_map(|y| (0..columns).map(move |x| (x, y)));
    let ground = percentile(&histogram(place().map(level)), 0.5);
    let inked: Vec<(u32, u32)> = place().filter(|&p| level(p).saturating_add(INK) <= ground).collect();
    let edge = |f: fn(&(u32, u32)) -> u32| {
        inked.iter().map(f).min().zip(inked.iter().map(f).max()).map(|(a, b)| (a as f32, b as f32 + 1.0))
    };
    let (from, to) = edge(|p| p.0)?;
    let (above, below) = edge(|p| p.1)?;
    let (length, thickness) = (to - from, below - above);
    let middle = (above + below - rows as f32) / 2.0;
    let is_dash = LENGTH.contains(&(length / text_height))
        && thickness <= (THICKNESS * text_height).max(3.0)
        && length >= 2.0 * thickness
        && middle.abs() <= 0.5 * text_height
        && inked.len() as f32 >= SOLID * length * thickness;
    is_dash.then(|| {
        let char = if length >= LONG * text_height { '—' } else { '-' };
        let (top, bottom) = ((above + below - text_height) / 2.0, (above + below + text_height) / 2.0);
        (char, Quad([(from, top), (to, top), (to, bottom), (from, bottom)].map(|(x, y)| at_place(x, y))))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::Point;
    use image::Luma;

    #[test]
    fn a_dash_is_a_short_solid_stroke_in_the_middle() {
        let cell = |from: u32, to: u32, y: u32, thick: u32| {
            GrayImage::from_fn(120, 40, |px, py| {
                let rule = py == 0 || py == 39;
                let dash = (from..to).contains(&px) && (y..y + thick).contains(&py);
                Luma([if rule || dash { 40 } else { 245 }])
            })
        };
        let sign = |view: &GrayImage, cell: &Quad, height: f32| dash_in(view, cell, height).map(|d| d.0);
        let bounds = Quad::from_rect(0.0, 0.0, 120.0, 40.0);
        assert_eq!(sign(&cell(55, 65, 20, 2), &bounds, 20.0), Some('-'));
        let (_, place) = dash_in(&cell(55, 65, 20, 2), &bounds, 20.0).expect("a dash");
        assert!(place.center().distance(Point::new(60.0, 21.0)) < 1.0 && (place.height() - 20.0).abs() < 1.0);
        assert_eq!(sign(&cell(50, 70, 19, 2), &bounds, 20.0), Some('—'));
        assert_eq!(sign(&cell(55, 65, 6, 2), &bounds, 20.0), None);
        assert_eq!(sign(&cell(55, 65, 15, 10), &bounds, 20.0), None);
        assert_eq!(sign(&cell(0, 0, 0, 0), &bounds, 20.0), None);
        // A cell that lies askew: its upright bounds would hold its rules.
        let askew = |p: Point| Point::new(p.x, p.y + 0.15 * p.x);
        let straight = cell(100, 110, 20, 2);
        let leaning = GrayImage::from_fn(120, 60, |x, y| {
            let up = (y as f32 - 0.15 * x as f32).round();
            if (0.0..40.0).contains(&up) { *straight.get_pixel(x, up as u32) } else { Luma([245]) }
        });
        assert_eq!(sign(&leaning, &bounds.map(askew), 20.0), Some('-'));
        assert_eq!(sign(&GrayImage::new(0, 0), &bounds, 20.0), None);
    }
}
