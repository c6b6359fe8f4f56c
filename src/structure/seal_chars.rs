//! The characters read along the rim of a seal: which of two readings of a strip, as it lies and upside
//! down, explains what, and where a text begins and ends.
//!
//! Looks at no picture; `seal_text` cuts the strips.

use crate::ocr::TextLine;

/// Characters are trusted from this confidence on.
pub const SURE: f32 = 0.5;
/// A text ends where the next character is more than this many usual pitches away: two
/// characters hidden by print of the seal's own colour.
const MOST_PITCH: f32 = 3.3;
/// Characters further apart than this many pitches stand apart; what does is left out if its
/// confidence is below this share of that of the main stretch (reasoned: most characters of a seal
/// are read with more than 0.9, marks and characters upside down with 0.3 to 0.7).
const APART: f32 = 2.4;
const READ_WORSE: f32 = 0.85;
/// What a change between reading a strip as it lies and upside down costs, in characters of full
/// confidence: single characters look like others when turned (一, 田, 中), three in a row do not.
const SWITCH: f32 = 1.0;
/// Characters of both readings closer than this many pitches are of one place.
const RIVAL: f32 = 0.6;

/// A character with the middle of its place along the strip, as a share of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Placed {
    pub char: char,
    pub at: f32,
    pub confidence: f32,
}

/// The characters read on a picture that shows the chosen `columns` of a strip of `width` columns.
pub fn placed(line: &TextLine, columns: &[u32], width: u32) -> Vec<Placed> {
    let column = |x: f32| columns.get((x.max(0.0) as usize).min(columns.len().saturating_sub(1)));
    line.chars
        .iter()
        .filter(|c| !c.char.is_whitespace())
        .filter_map(|c| {
            let at = (*column(c.quad.center().x)? as f32 + 0.5) / width.max(1) as f32;
            Some(Placed { char: c.char, at, confidence: c.confidence })
        })
        .collect()
}

/// The characters of `these` where this reading of the strip explains more than the other, which is of
/// the same strip upside down: the way through both that gathers most confidence, with [`SWITCH`] to be
/// paid at each change from one to the other (Viterbi 1967). A character counts by what it is surer than
/// those of the other reading in its place. One list a stretch.
pub fn explained(these: &[Placed], others: &[Placed], pitch: f32) -> Vec<Vec<Placed>> {
    let surer = |p: &Placed, rivals: &[Placed]| {
        let near = rivals.iter().filter(|o| (o.at - p.at).abs() < RIVAL * pitch);
        p.confidence - near.map(|o| o.confidence).fold(0.0, f32::max)
    };
    let mut all: Vec<(Placed, usize, f32)> = these
        .iter()
        .map(|p| (*p, 0, surer(p, others)))
        .chain(others.iter().map(|p| (*p, 1, surer(p, these))))
        .collect();
    all.sort_by(|a, b| a.0.at.total_cmp(&b.0.at));
    let mut gathered = [0.0f32; 2];
    // For each character and reading: whether the best way that ends here in it changed to it here.
    let mut changed: Vec<[bool; 2]> = Vec::with_capacity(all.len());
    for (_, reading, surer) in &all {
        let best = |of: usize| gathered[of].max(gathered[1 - of] - SWITCH);
        changed.push([0, 1].map(|of| gathered[1 - of] - SWITCH > gathered[of]));
        gathered = [best(0), best(1)];
        gathered[*reading] += surer;
    }
    let mut current = usize::from(gathered[1] > gathered[0]);
    let mut stretches: Vec<Vec<Placed>> = vec![Vec::new()];
    for ((placed, reading, _), changed) in all.into_iter().zip(changed).rev() {
        if current == 0 && reading == 0 {
            stretches.last_mut().into_iter().for_each(|s| s.push(placed));
        }
        if changed[current] {
            current = 1 - current;
            stretches.push(Vec::new());
        }
    }
    stretches.iter_mut().for_each(|s| s.reverse());
    stretches.retain(|s| !s.is_empty());
    stretches
}

/// The best stretch of text of one of two readings of the same strip (this one and the other upside
/// down), without wide gaps and without what is read badly at its ends.
pub fn winning(these: &[Placed], others: &[Placed], pitch: f32) -> Vec<Placed> {
    let runs = explained(these, others, pitch).into_iter().flat_map(|stretch| {
        let near = stretch.chunk_by(|a, b| b.at - a.at <= MOST_PITCH * pitch);
        near.map(<[Placed]>::to_vec).collect::<Vec<_>>()
    });
    let worth = |run: &[Placed]| run.iter().map(|p| p.confidence).sum::<f32>();
    let best = runs.max_by(|a, b| worth(a).total_cmp(&worth(b))).unwrap_or_default();
    // What stands apart from the main stretch and was read worse is a mark within the gap of the
    // rim, or a text that runs the other way round.
    let stretches: Vec<&[Placed]> = best.chunk_by(|a, b| b.at - a.at <= APART * pitch).collect();
    let Some(main) =
        (0..stretches.len()).max_by(|&a, &b| worth(stretches[a]).total_cmp(&worth(stretches[b])))
    else {
        return Vec::new();
    };
    let least = READ_WORSE * mean_confidence(stretches[main]);
    let belongs = |s: &&&[Placed]| mean_confidence(s) >= least;
    let before = stretches[..main].iter().rev().take_while(belongs).count();
    let after = stretches[main + 1..].iter().take_while(belongs).count();
    let mut best = stretches[main - before..=main + after].concat();
    let is_end = |p: &Placed| p.confidence >= SURE && (p.char.is_alphanumeric() || "()（）".contains(p.char));
    while best.last().is_some_and(|p| !is_end(p)) {
        best.pop();
    }
    let start = best.iter().position(is_end).unwrap_or(best.len());
    best.drain(..start);
    best
}

/// Whether a character is Chinese.
pub fn is_han(c: char) -> bool {
    ('\u{4e00}'..='\u{9fff}').contains(&c)
}

/// 0 of nothing.
pub fn mean_confidence(chars: &[Placed]) -> f32 {
    chars.iter().map(|p| p.confidence).sum::<f32>() / chars.len().max(1) as f32
}

/// The characters as a string.
pub fn text_of(chars: &[Placed]) -> String {
    chars.iter().map(|p| p.char).collect()
}

/// Usual distance between neighbouring characters.
pub fn pitch_of(chars: &[Placed]) -> f32 {
    let gaps = chars.windows(2).map(|w| w[1].at - w[0].at);
    crate::numbers::median(gaps).unwrap_or(0.06).clamp(0.02, 0.15)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chars(text: &str, confidence: &[f32]) -> Vec<Placed> {
        let n = text.chars().count() as f32;
        let at = |i: usize| (i as f32 + 0.5) / n;
        text.chars()
            .zip(confidence)
            .enumerate()
            .map(|(i, (char, &confidence))| Placed { char, at: at(i), confidence })
            .collect()
    }

    #[test]
    fn the_surer_reading_wins_and_ends_at_gaps() {
        let ahead = chars("东南西北章草", &[0.9, 0.9, 0.9, 0.9, 0.3, 0.3]);
        let back = chars("乱乱乱乱印局", &[0.2, 0.3, 0.2, 0.2, 0.9, 0.95]);
        assert_eq!(text_of(&winning(&ahead, &back, 0.15)), "东南西北");
        assert_eq!(text_of(&winning(&back, &ahead, 0.15)), "印局");
        let mut marks = chars("青集东南西北", &[0.6, 0.7, 0.9, 0.9, 0.9, 0.9]);
        marks[0].at -= 0.2;
        marks[1].at -= 0.2;
        assert_eq!(text_of(&winning(&marks, &[], 0.15)), "东南西北");
    }

    #[test]
    fn the_surer_character_of_a_place_counts() {
        let mut chars = chars("东南西北", &[0.9; 4]);
        chars[3].confidence = 0.5;
        let turned = [Placed { char: '北', ..chars[3] }, Placed { char: '上', at: 1.1, confidence: 0.9 }];
        assert_eq!(explained(&chars, &turned, 0.25).concat().len(), 4);
    }
}
