//! Whose name a seal bears, with tolerance for misread characters.

use crate::{extract::edit_distance, kind::value::ascii_form};

use super::{Party, PartySeal};

/// How well a seal's text and a party's name agree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Likeness {
    /// The same but for some misread characters.
    Same,
    /// So many characters differ that a person should look.
    Doubtful,
}

// Likeness is 1 − edit distance ÷ length of the longer text. On the development pages (14 seals of
// contracts) a seal and its own party reached 0.80 and more, a seal half covered by print 0.58 and
// 0.83; other parties' names 0.40 at most, as most end in the same 有限公司.

/// From here on they are the same.
const SAME: f32 = 0.75;
/// From here on the seal may be the party's.
const DOUBTFUL: f32 = 0.5;

/// A text as it is compared: half-width, without spaces and brackets, capitals.
pub(super) fn bare(text: &str) -> String {
    let kept = |c: &char| !c.is_whitespace() && !matches!(c, '(' | ')' | '[' | ']' | '.' | ',' | '*');
    ascii_form(text).to_uppercase().chars().filter(kept).collect()
}

/// 0..1.
fn likeness(seal: &str, name: &str) -> f32 {
    let (a, b): (Vec<char>, Vec<char>) = (bare(seal).chars().collect(), bare(name).chars().collect());
    let longer = a.len().max(b.len());
    if a.is_empty() || b.is_empty() { 0.0 } else { 1.0 - edit_distance(&a, &b) as f32 / longer as f32 }
}

/// Gives each seal to the party whose name it bears most, and each party its seals.
pub(super) fn assign(seals: &mut [PartySeal], parties: &mut [Party]) {
    for (i, seal) in seals.iter_mut().enumerate() {
        // The name stands along the rim; on square seals all of the text is in the middle.
        let texts = [seal.text.clone(), seal.sub_text.clone(), format!("{}{}", seal.text, seal.sub_text)];
        let of = |party: &Party| texts.iter().map(|t| likeness(t, &party.name)).fold(0.0, f32::max);
        let best = parties.iter().enumerate().map(|(at, p)| (at, of(p))).max_by(|a, b| a.1.total_cmp(&b.1));
        let Some((at, reached)) = best.filter(|(_, reached)| *reached >= DOUBTFUL) else { continue };
        seal.party = Some((at, if reached >= SAME { Likeness::Same } else { Likeness::Doubtful }));
        if let Some(party) = parties.get_mut(at) {
            party.seals.push(i);
        }
    }
}

/// Whether a seal bears the name of an organisation: enough characters for one. Stamps such as 已验收 or
/// a person's name seal have fewer.
pub(super) fn names_someone(seal: &PartySeal) -> bool {
    bare(&seal.text).chars().filter(|c| c.is_alphabetic()).count() >= 6
}
