//! Outlines in the notation of OFD's `AbbreviatedData` (GB/T 33190-2016, 9.1).

use vello_cpu::kurbo::{Arc, BezPath, Point, SvgArc, Vec2};

/// Coordinates beyond this many millimetres are nowhere on a page; the outline ends there.
const MAX_PLACE: f64 = 100_000.0;

/// Reads an outline as far as it makes sense.
pub(super) fn parse(data: &str) -> BezPath {
    let mut path = BezPath::new();
    let mut parts = data.split_whitespace();
    let mut at = Point::ORIGIN;
    let mut open = false;
    while let Some(command) = parts.next() {
        let mut number = || parts.next()?.parse::<f64>().ok().filter(|n| n.abs() <= MAX_PLACE);
        let mut step = || -> Option<()> {
            let mut point = || Some(Point::new(number()?, number()?));
            match command {
                "S" | "M" => {
                    at = point()?;
                    path.move_to(at);
                    open = true;
                }
                // Curves need a beginning.
                "L" | "Q" | "B" | "A" if !open => return None,
                "L" => {
                    at = point()?;
                    path.line_to(at);
                }
                "Q" => {
                    let control = point()?;
                    at = point()?;
                    path.quad_to(control, at);
                }
                "B" => {
                    let (first, second) = (point()?, point()?);
                    at = point()?;
                    path.curve_to(first, second, at);
                }
                "A" => {
                    let radii = point()?.to_vec2();
                    let (turn, large, sweep) = (number()?, number()?, number()?);
                    let to = Point::new(number()?, number()?);
                    arc(&mut path, at, to, radii, turn, large != 0.0, sweep != 0.0);
                    at = to;
                }
                "C" => {
                    if open {
                        path.close_path();
                    }
                }
                _ => return None,
            }
            Some(())
        };
        if step().is_none() {
            break;
        }
    }
    path
}

fn arc(path: &mut BezPath, from: Point, to: Point, radii: Vec2, turn: f64, large_arc: bool, sweep: bool) {
    let svg = SvgArc { from, to, radii, x_rotation: turn.to_radians(), large_arc, sweep };
    match Arc::from_svg_arc(&svg) {
        // As fine as a pixel at 600 dpi.
        Some(arc) => arc.to_cubic_beziers(0.04, |a, b, c| path.curve_to(a, b, c)),
        None => path.line_to(to),
    }
}

#[cfg(test)]
mod tests {
    use vello_cpu::kurbo::{Rect, Shape};

    use super::*;

    #[test]
    fn outlines_are_read_as_far_as_they_make_sense() {
        let cases = [
            ("M 0 0 L 10 0 L 10 5 C", Rect::new(0.0, 0.0, 10.0, 5.0)),
            ("S 1 2 L 3 4 C", Rect::new(1.0, 2.0, 3.0, 4.0)),
            ("M 0 0 Q 1 1 2 0 B 3 0 4 0 5 0", Rect::new(0.0, 0.0, 5.0, 0.5)),
            ("M 0 0 L 10 0 L 1e300 5", Rect::new(0.0, 0.0, 10.0, 0.0)),
            ("M 0 0 L 10 0 X", Rect::new(0.0, 0.0, 10.0, 0.0)),
        ];
        for (data, bounds) in cases {
            assert_eq!(parse(data).bounding_box(), bounds, "{data}");
        }
        assert!(parse("L 3 4").is_empty());
    }

    #[test]
    fn arcs_bend_to_their_side() {
        let upper = parse("M 0 0 A 5 5 0 0 1 10 0").bounding_box();
        assert!((upper.y0 + 5.0).abs() < 0.1 && upper.y1.abs() < 0.1, "{upper:?}");
    }
}
