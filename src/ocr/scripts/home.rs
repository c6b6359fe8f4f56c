//! Pages that are mostly in one script: what it makes of their doubtful lines.

use std::collections::HashMap;

use super::{is_better, suspects, table::Script};
use crate::{geometry::Quad, ocr::TextLine};

/// Where more than this share of the lines that may hold a script are read in it …
const HOME_SHARE: f32 = 0.5;
/// … the others are read at most this much less surely than it is told by, which says little of a single
/// line: of 43 Khmer and 40 Amharic lines that were read with few or no wrong letters confidences reached
/// from 0.11 and 0.50 to 0.96.
const UNSURE_AT_HOME: f32 = 0.35;
/// … and stand as they do, unless they are read so much more surely the other way up. Thai upside down was
/// read with 0.89 once, the line's proper reading with 0.57.
const STANDS_ALIKE: f32 = 0.35;

/// What Tesseract made of a line; `reading` is `None` if it holds nothing of the script.
#[derive(Debug, Clone)]
pub struct Reread {
    /// The line's index.
    pub line: usize,
    pub reading: Option<TextLine>,
}

impl Reread {
    pub fn is_sure(&self, script: &Script) -> bool {
        self.reading.as_ref().is_some_and(|r| r.confidence >= script.sure && !suspects::is_sparse(r))
    }
}

/// Which way most lines of a page stand, if most of those that may hold a script are surely in it.
pub struct Home {
    /// Reading directions in degrees.
    angles: Vec<f32>,
}

impl Home {
    pub fn of(read: &[Reread], script: &Script) -> Option<Self> {
        let sure = read.iter().filter(|r| r.is_sure(script));
        let angles: Vec<f32> = sure.filter_map(|r| r.reading.as_ref()).map(|l| l.quad.angle()).collect();
        (angles.len() as f32 > HOME_SHARE * read.len() as f32).then_some(Self { angles })
    }

    pub fn stands_alike(&self, quad: &Quad) -> bool {
        let alike = self.angles.iter().filter(|a| (**a - quad.angle()).to_radians().cos() > 0.0);
        alike.count() * 2 > self.angles.len()
    }

    /// Whether a reading is better than another of the same line: one that stands as most lines do may be less sure.
    fn prefers(&self, one: &TextLine, other: &TextLine) -> bool {
        let worth = |l: &TextLine| {
            let bonus = if self.stands_alike(&l.quad) { STANDS_ALIKE } else { 0.0 };
            l.confidence + bonus
        };
        worth(one) > worth(other)
    }
}

/// The best reading of each line.
pub fn best_of_each(read: Vec<Reread>, home: &Home) -> HashMap<usize, TextLine> {
    let mut best: HashMap<usize, TextLine> = HashMap::new();
    for Reread { line, reading } in read {
        let Some(reading) = reading else { continue };
        if best.get(&line).is_none_or(|other| home.prefers(&reading, other)) {
            best.insert(line, reading);
        }
    }
    best
}

/// Puts in the readings of lines of a page that is in the script: what the network doubts gives way to less
/// sure ones than elsewhere.
pub fn put_in_at_home(best: HashMap<usize, TextLine>, lines: &mut [TextLine], script: &Script) {
    for (line, other) in best {
        let Some(line) = lines.get_mut(line) else { continue };
        let letters = other.text.chars().filter(|&c| script.has(c)).count();
        let is_of_script = letters * 2 > other.text.chars().filter(|c| !c.is_whitespace()).count();
        let least = script.sure - UNSURE_AT_HOME;
        let replaces = suspects::is_doubtful(line) && is_of_script && other.confidence >= least;
        if replaces || is_better(&other, line, script) {
            *line = other;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{super::table::SCRIPTS, *};
    use crate::ocr::CharReading;

    #[test]
    fn at_home_unsure_readings_count_if_they_stand_as_the_others() {
        let script = SCRIPTS.iter().find(|s| s.en == "Ethiopic").expect("a known script");
        let place = |i: usize| Quad::from_rect(0.0, 40.0 * i as f32, 200.0, 40.0 * i as f32 + 30.0);
        let line = |quad: Quad, confidence: f32| TextLine {
            text: "ይቋረጣል".into(),
            quad,
            confidence,
            language: Some("am".into()),
            ..TextLine::default()
        };
        let reading =
            |i: usize, quad: Quad, confidence: f32| Reread { line: i, reading: Some(line(quad, confidence)) };
        let sure: Vec<Reread> = (0..3).map(|i| reading(i, place(i), 0.93)).collect();
        let mut read = sure.clone();
        for i in [3, 4] {
            read.push(reading(i, place(i).rolled(2), 0.84));
        }
        let home = Home::of(&read, script).expect("most lines are read surely");
        assert!(Home::of(&read[2..], script).is_none());
        read.extend([reading(3, place(3), 0.55), reading(4, place(4), 0.45)]);
        let best = best_of_each(read, &home);
        let network =
            TextLine { text: "5U 8U".into(), confidence: 0.6, quad: place(9), ..TextLine::default() };
        let mut lines = vec![network; 5];
        lines[0].confidence = 0.98;
        lines[0].text = "ID-Card".into();
        lines[0].chars = "ID-Card"
            .chars()
            .zip(0_u8..)
            .map(|(char, i)| CharReading {
                char,
                quad: place(9).slice(f32::from(i) / 7.0, f32::from(i + 1) / 7.0),
                confidence: 0.98,
            })
            .collect();
        put_in_at_home(best, &mut lines, script);
        let after: Vec<(f32, f32)> = lines.iter().map(|l| (l.quad.angle(), l.confidence)).collect();
        // What the network reads well stays; the last is too unsure upright.
        assert_eq!(after, [(0.0, 0.98), (0.0, 0.93), (0.0, 0.93), (0.0, 0.55), (180.0, 0.84)]);
    }
}
