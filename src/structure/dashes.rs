//! Dashes in cells: the sign for "nothing" in statements and lists, which readers of text do not
//! see as text.

use image::GrayImage;

use crate::{
    geometry::Quad,
    numbers::{histogram, percentile},
    structure::pixels::{Component, Mask, components, runs},
};

/// A dash is this many text heights and at least this many pixels long: hyphens in small print took 0.13
/// and more …
const LENGTH: std::ops::RangeInclusive<f32> = 0.12..=1.7;
const LEAST_PIXELS: f32 = 4.0;
/// … so many times as long as thick …
const LONG_TO_THICK: f32 = 1.8;
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
    let mut inked = Mask::new(columns as usize, rows as usize);
    for (x, y) in place().filter(|&p| level(p).saturating_add(INK) <= ground) {
        inked.row_mut(y as usize)[x as usize] = 1;
    }
    let thick = (THICKNESS * text_height).max(3.0);
    let size = |c: &Component| (c.width() as f32, c.height() as f32);
    let is_dash = |c: &Component| {
        let (length, thickness) = size(c);
        LENGTH.contains(&(length / text_height))
            && length >= LEAST_PIXELS
            && thickness <= thick
            && length >= LONG_TO_THICK * thickness
            && (c.bounds().center().y - rows as f32 / 2.0).abs() <= 0.5 * text_height
            && c.area as f32 >= SOLID * length * thickness
    };
    // Specks of the paper, and what reaches into the cell from outside, as the second line of a double rule.
    let of_paper = |c: &Component| {
        let at_border = c.left == 0 || c.top == 0 || c.right == inked.width() || c.bottom == inked.height();
        let (length, thickness) = size(c);
        at_border || length.max(thickness) <= thick
    };
    let parts = components(&runs(&inked, 0, 1));
    let (mut dashes, others): (Vec<&Component>, Vec<&Component>) = parts.iter().partition(|c| is_dash(c));
    let dash = dashes.pop().filter(|_| dashes.is_empty() && others.into_iter().all(of_paper))?.bounds();
    let char = if dash.width() >= LONG * text_height { '—' } else { '-' };
    let middle = dash.center().y;
    let (top, bottom) = (middle - text_height / 2.0, middle + text_height / 2.0);
    let corners = [(dash.left, top), (dash.right, top), (dash.right, bottom), (dash.left, bottom)];
    Some((char, Quad(corners.map(|(x, y)| at_place(x, y)))))
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
        // Specks and the second line of a double rule beside it; another stroke, as of a character.
        let beside = |width: u32, height: u32| {
            let mut view = cell(55, 65, 20, 2);
            for (x, y) in (0..height).flat_map(|y| (0..width).map(move |x| (x, y))) {
                view.put_pixel(30 + x, 12 + y, Luma([40]));
            }
            for x in 0..120 {
                view.put_pixel(x, 5, Luma([40]));
            }
            view
        };
        assert_eq!(sign(&beside(2, 3), &bounds, 20.0), Some('-'));
        assert_eq!(sign(&beside(2, 9), &bounds, 20.0), None);
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
