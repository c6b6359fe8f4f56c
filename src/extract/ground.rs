//! What the colour of the ground behind a text is called.

use crate::kind::Colour;

/// Colours of the pixels behind a stretch of text: the median of its upper and of its lower half.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Ground {
    pub upper: [u8; 3],
    pub lower: [u8; 3],
}

/// Below this value (of 255) a colour is black. Reasoned: paint on plates is far from all three limits.
const DARK: f32 = 70.0;
/// Below this saturation it is white (or grey).
const PALE: f32 = 0.22;

impl Ground {
    /// The colour's name; `None` where it is none that a ground has, or the halves differ otherwise
    /// than green below and yellow do.
    pub fn colour(&self) -> Option<Colour> {
        let (upper, lower) = (named(self.upper)?, named(self.lower)?);
        match (upper, lower) {
            (a, b) if a == b => Some(a),
            (Colour::Yellow, Colour::Green) | (Colour::Green, Colour::Yellow) => Some(Colour::YellowGreen),
            // Green fades to white from below on plates of new-energy vehicles.
            (Colour::White, Colour::Green) | (Colour::Green, Colour::White) => Some(Colour::Green),
            _ => None,
        }
    }
}

/// By hue, saturation and value (HSV); the limits of hue lie half way between the pure colours.
fn named([r, g, b]: [u8; 3]) -> Option<Colour> {
    let [r, g, b] = [r, g, b].map(f32::from);
    let (value, least) = (r.max(g).max(b), r.min(g).min(b));
    if value < DARK {
        return Some(Colour::Black);
    }
    let chroma = value - least;
    if chroma / value < PALE {
        return Some(Colour::White);
    }
    let hue = if value == r {
        60.0 * ((g - b) / chroma).rem_euclid(6.0)
    } else if value == g {
        60.0 * ((b - r) / chroma + 2.0)
    } else {
        60.0 * ((r - g) / chroma + 4.0)
    };
    match hue {
        25.0..75.0 => Some(Colour::Yellow),
        75.0..180.0 => Some(Colour::Green),
        180.0..265.0 => Some(Colour::Blue),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grounds_are_named_by_both_halves() {
        let (blue, yellow, green, pale) = ([20, 60, 160], [220, 170, 30], [60, 180, 110], [225, 230, 225]);
        for (upper, lower, colour) in [
            (blue, blue, Some(Colour::Blue)),
            (yellow, yellow, Some(Colour::Yellow)),
            (yellow, green, Some(Colour::YellowGreen)),
            (pale, green, Some(Colour::Green)),
            (pale, pale, Some(Colour::White)),
            ([20, 22, 30], [30, 30, 30], Some(Colour::Black)),
            ([200, 20, 20], [200, 20, 20], None),
            (blue, yellow, None),
        ] {
            assert_eq!(Ground { upper, lower }.colour(), colour, "{upper:?} {lower:?}");
        }
    }
}
