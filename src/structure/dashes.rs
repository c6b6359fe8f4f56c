//! Dashes in cells: the sign for "nothing" in statements and lists, which readers of text do not
//! see as text.

use image::GrayImage;

use crate::{
    geometry::Rect,
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

/// The dash that is all there is in a cell (`bounds` in view pixels), as text.
pub fn dash_in(view: &GrayImage, bounds: Rect, text_height: f32) -> Option<&'static str> {
    let clamp = |v: f32, most: u32| (v.max(0.0) as u32).min(most);
    // The cell's own rules stay outside.
    let inset = 0.22 * text_height;
    let (left, right) = (clamp(bounds.left + inset, view.width()), clamp(bounds.right - inset, view.width()));
    let (top, bottom) =
        (clamp(bounds.top + inset, view.height()), clamp(bounds.bottom - inset, view.height()));
    if left + 3 >= right || top + 3 >= bottom {
        return None;
    }
    let place = || (top..bottom).flat_map(|y| (left..right).map(move |x| (x, y)));
    let level = |(x, y): (u32, u32)| view.get_pixel(x, y).0[0];
    let ground = percentile(&histogram(place().map(level)), 0.5);
    let inked: Vec<(u32, u32)> = place().filter(|&p| level(p).saturating_add(INK) <= ground).collect();
    let edge = |f: fn(&(u32, u32)) -> u32| {
        inked.iter().map(f).min().zip(inked.iter().map(f).max()).map(|(a, b)| (a as f32, b as f32 + 1.0))
    };
    let (from, to) = edge(|p| p.0)?;
    let (above, below) = edge(|p| p.1)?;
    let (length, thickness) = (to - from, below - above);
    let middle = (above + below) / 2.0 - bounds.center().y;
    let is_dash = LENGTH.contains(&(length / text_height))
        && thickness <= (THICKNESS * text_height).max(3.0)
        && length >= 2.0 * thickness
        && middle.abs() <= 0.5 * text_height
        && inked.len() as f32 >= SOLID * length * thickness;
    is_dash.then_some(if length >= LONG * text_height { "—" } else { "-" })
}

#[cfg(test)]
mod tests {
    use super::*;
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
        let bounds = Rect::new(0.0, 0.0, 120.0, 40.0);
        assert_eq!(dash_in(&cell(55, 65, 20, 2), bounds, 20.0), Some("-"));
        assert_eq!(dash_in(&cell(50, 70, 19, 2), bounds, 20.0), Some("—"));
        assert_eq!(dash_in(&cell(55, 65, 6, 2), bounds, 20.0), None);
        assert_eq!(dash_in(&cell(55, 65, 15, 10), bounds, 20.0), None);
        assert_eq!(dash_in(&cell(0, 0, 0, 0), bounds, 20.0), None);
        assert_eq!(dash_in(&GrayImage::new(0, 0), bounds, 20.0), None);
    }
}
