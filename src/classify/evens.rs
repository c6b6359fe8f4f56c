//! Whether a cut leaves whole documents on both sides: what each of several documents of a kind prints once comes
//! out alike often on a side. Counts labels and telling patterns; knows no geometry.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::RangeInclusive,
};

use crate::{
    classify::{
        frame::Frame,
        score::compact,
        twins::{TELLING, labels_within},
        vocabulary::Vocabulary,
    },
    kind::Kind,
};

/// Things that documents print once each, at least, for their counts to tell. Reasoned.
const THINGS: usize = 2;

/// What a document of a kind prints once.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Thing {
    /// The label of a field, folded.
    Label(Vec<char>),
    /// A field by any of its labels, by number.
    Field(usize),
    /// A text of a telling form, by the number of its pattern.
    Form(usize),
}

/// How often each thing is printed.
type Counts = BTreeMap<Thing, usize>;

/// Counted by labels and by fields: a form in two languages has two labels of a field, forms of two shops call it by
/// different words.
pub(super) struct Printed([Counts; 2]);

/// What stands in a frame of what a document of the kind prints once.
pub(super) fn printed(kind: &Kind, vocabulary: &Vocabulary, frame: &Frame) -> Printed {
    let mut counts = [Counts::new(), Counts::new()];
    let [by_label, by_field] = &mut counts;
    let within = labels_within(kind);
    for (label, mut fields) in vocabulary.printed_in(frame, kind) {
        fields.retain(|nth| kind.fields.get(*nth).is_some_and(|f| !f.many));
        if within.contains(&label) || fields.is_empty() {
            continue;
        }
        fields.into_iter().for_each(|nth| *by_field.entry(Thing::Field(nth)).or_default() += 1);
        *by_label.entry(Thing::Label(label)).or_default() += 1;
    }
    let texts: Vec<String> = frame.lines.iter().map(|l| compact(&l.text())).collect();
    for (nth, hint) in kind.identify.patterns.iter().enumerate().filter(|(_, p)| p.weight >= TELLING) {
        let seen = texts.iter().filter(|t| hint.pattern.regex().is_match(t)).count();
        if seen > 0 {
            counts.iter_mut().for_each(|c| {
                c.insert(Thing::Form(nth), seen);
            });
        }
    }
    Printed(counts)
}

/// [`uneven_counts`] by labels or by fields, whichever says less.
pub(super) fn uneven(whole: &Printed, side: &Printed, both: bool) -> f32 {
    let each = whole.0.iter().zip(&side.0).map(|(whole, side)| uneven_counts(whole, side, both));
    each.fold(1.0, f32::min)
}

/// The share, 0..1, of what is printed once in each document of `whole` whose count on one `side` is not that of the
/// most; `both`: there is a document of the kind on either side.
fn uneven_counts(whole: &Counts, side: &Counts, both: bool) -> f32 {
    // How many documents there are: most things are printed that often.
    let least = 1 + usize::from(both);
    let times: BTreeSet<usize> = whole.values().copied().filter(|n| *n >= least).collect();
    let of = |n: usize| whole.values().filter(|v| **v == n).count();
    let Some(documents) = times.into_iter().max_by_key(|n| (of(*n), *n)) else { return 0.0 };
    if of(documents) < THINGS {
        return 0.0;
    }
    let things: Vec<usize> = whole
        .iter()
        .filter(|(_, n)| **n == documents)
        .map(|(thing, _)| side.get(thing).copied().unwrap_or(0))
        .collect();
    let here: RangeInclusive<usize> = if both { 1..=documents - 1 } else { 0..=documents };
    let like = |n: usize| things.iter().filter(|c| **c == n).count();
    let most = here.map(like).max().unwrap_or(0);
    (things.len() - most) as f32 / things.len() as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(counts: &[usize]) -> Counts {
        counts.iter().enumerate().map(|(i, n)| (Thing::Form(i), *n)).collect()
    }

    #[test]
    fn a_cut_between_documents_parts_what_they_print_evenly() {
        let two = of(&[2, 2, 2, 2, 1]);
        assert_eq!(uneven_counts(&two, &of(&[1, 1, 1, 1, 1]), true), 0.0);
        assert_eq!(uneven_counts(&two, &of(&[1, 1, 2, 2, 1]), true), 0.5);
        // All documents on one side, though there is one on the other.
        assert_eq!(uneven_counts(&two, &of(&[2, 2, 2, 2, 1]), true), 1.0);
        assert_eq!(uneven_counts(&two, &of(&[2, 2, 2, 2, 1]), false), 0.0);
        // A single thing tells nothing.
        assert_eq!(uneven_counts(&of(&[2, 1, 1]), &of(&[2, 1, 0]), true), 0.0);
    }
}
