//! Whether two parts of a page are two documents of one kind: both show what a document of it prints once.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    classify::{
        fold::{find, folded},
        frame::Frame,
        score::compact,
        vocabulary::Vocabulary,
    },
    kind::{CodeHint, FieldSpec, Kind, Locator},
};

/// Share of what a document prints once that two documents of the same kind must have in common, of the one
/// that shows more. Reasoned.
const REPEATED: f32 = 0.5;
/// Fields that both of two documents must show by labels, at least, and the share that they must be of those of
/// the one that shows fewer. Of 99 documents on drawn sheets the outlines of 82 were found without, 93 with it; of
/// 391 documents of the development corpus none is cut by it that was not before.
const FIELDS: usize = 3;
const OF_FEWER: f32 = 0.5;
/// Weight from which on an anchor is a telling text: lighter ones are labels that stand in several places of
/// one document, as 账号 of payer and payee.
pub(super) const TELLING: f32 = 1.0;

/// Whether two parts print the same of their kind, of what a document prints once.
pub(super) fn repeats(kind: &Kind, vocabulary: &Vocabulary, a: &Frame, b: &Frame) -> bool {
    fields_twice(kind, vocabulary, a, b)
        || texts_twice(kind, a, b)
        || forms_twice(kind, a, b)
        || numbers_differ(kind, a, b)
}

/// Whether both parts print the number that a code of their kind carries, and none the other's: a document repeats its
/// own number on its stub, two documents of a kind have two.
pub(super) fn numbers_differ(kind: &Kind, a: &Frame, b: &Frame) -> bool {
    let own = &kind.identify;
    let has = |hints: &[CodeHint], least: f32, text: &str| {
        hints.iter().any(|h| h.weight >= least && h.pattern.regex().is_match(text))
    };
    let numbers = |frame: &Frame| -> BTreeSet<String> {
        let texts = frame.lines.iter().map(|l| compact(&l.text()));
        texts.filter(|t| has(&own.codes, 0.0, t) && has(&own.patterns, TELLING, t)).collect()
    };
    let (of_a, of_b) = (numbers(a), numbers(b));
    !of_a.is_empty() && !of_b.is_empty() && of_a.is_disjoint(&of_b)
}

/// Whether both parts print texts of the same telling forms, as a mobile number, a title and an address for mail:
/// what a card without labels shows.
fn forms_twice(kind: &Kind, a: &Frame, b: &Frame) -> bool {
    let (of_a, of_b) = (forms(kind, a), forms(kind, b));
    let (both, fewer) = (of_a.intersection(&of_b).count(), of_a.len().min(of_b.len()));
    both >= FIELDS && both as f32 >= OF_FEWER * fewer as f32
}

/// The telling patterns, by number, that a line has.
fn forms(kind: &Kind, frame: &Frame) -> BTreeSet<usize> {
    let texts: Vec<String> = frame.lines.iter().map(|l| compact(&l.text())).collect();
    let patterns = kind.identify.patterns.iter().enumerate().filter(|(_, p)| p.weight >= TELLING);
    let seen = patterns.filter(|(_, p)| texts.iter().any(|t| p.pattern.regex().is_match(t)));
    seen.map(|(nth, _)| nth).collect()
}

/// Whether both parts print labels of the same single fields, in whatever words: receipts of two shops call
/// the sum and the moment by other names.
fn fields_twice(kind: &Kind, vocabulary: &Vocabulary, a: &Frame, b: &Frame) -> bool {
    let (of_a, of_b) = (labelled(kind, vocabulary, a), labelled(kind, vocabulary, b));
    let (both, fewer) = (of_a.intersection(&of_b).count(), of_a.len().min(of_b.len()));
    both >= FIELDS && both as f32 >= OF_FEWER * fewer as f32
}

/// The fields, by number, that occur once in a document of the kind and of which a label is printed.
fn labelled(kind: &Kind, vocabulary: &Vocabulary, frame: &Frame) -> BTreeSet<usize> {
    let within = labels_within(kind);
    let printed = vocabulary.printed_in(frame, kind);
    let fields = printed.into_iter().filter(|(label, _)| !within.contains(label)).flat_map(|(_, f)| f);
    fields.filter(|nth| kind.fields.get(*nth).is_some_and(|f| !f.many)).collect()
}

/// Labels that hold within a block of the form, folded: they are printed once a block, as 账号 of payer and payee.
pub(super) fn labels_within(kind: &Kind) -> BTreeSet<Vec<char>> {
    let locators = kind.fields.iter().flat_map(|f| &f.locate);
    let within = locators.flat_map(|l| match l {
        Locator::Label { labels, within: Some(_), .. } => labels.as_slice(),
        Locator::Box { labels, .. } | Locator::Cell { labels, .. } => labels.as_slice(),
        _ => &[],
    });
    within.map(|l| folded(l)).collect()
}

/// Whether two parts print the same texts of what a document prints once.
fn texts_twice(kind: &Kind, a: &Frame, b: &Frame) -> bool {
    let (of_a, of_b) = (printed_once(kind, a), printed_once(kind, b));
    let (both, most) = (of_a.intersection(&of_b).count(), of_a.len().max(of_b.len()));
    // One of several may be part of another text.
    both as f32 >= REPEATED * most as f32 && both >= most.min(2) && both > 0
}

/// What a part shows of what a document of the kind prints once: titles, anchors that weigh much, and
/// fields by labels that are no other field's. Texts count only as they are: 发票代码 and 发票号码 differ by one
/// character.
fn printed_once<'k>(kind: &'k Kind, frame: &Frame) -> BTreeSet<&'k str> {
    let exact = |text: &str| find(frame, text).iter().any(|m| m.distance == 0);
    let layouts = kind.layouts.iter().flat_map(|l| &l.anchors);
    let anchors = kind.identify.anchors.iter().chain(layouts).filter(|a| a.weight >= TELLING);
    let titles = kind.layouts.iter().flat_map(|l| &l.titles).map(String::as_str);
    let texts: BTreeSet<&str> = anchors.map(|a| a.text.as_str()).chain(titles).filter(|t| exact(t)).collect();
    let forms: Vec<(&str, Vec<char>)> = texts.iter().map(|t| (*t, folded(t))).collect();
    // PASSPORT is printed within Passport No. too.
    let within = |part: &[char], whole: &[char]| {
        part.len() < whole.len() && whole.windows(part.len().max(1)).any(|w| w == part)
    };
    let own = |form: &[char]| !forms.iter().any(|(_, other)| within(form, other));
    let mut shown: BTreeSet<&str> = forms.iter().filter(|(_, f)| own(f)).map(|(t, _)| *t).collect();
    let labels = |field: &'k FieldSpec| field.locate.iter().flat_map(label_texts);
    let mut fields_of: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for field in &kind.fields {
        labels(field).for_each(|label| {
            fields_of.entry(label).or_default().insert(field.key.as_str());
        });
    }
    let single = |label: &&str| fields_of.get(label).is_some_and(|fields| fields.len() == 1);
    let fields = kind.fields.iter().filter(|f| !f.many && labels(f).filter(single).any(exact));
    shown.extend(fields.map(|f| f.key.as_str()));
    shown
}

/// The labels beside which a locator looks.
fn label_texts(locator: &Locator) -> impl Iterator<Item = &str> {
    let labels = match locator {
        Locator::Label { labels, .. } => labels.as_slice(),
        _ => &[],
    };
    labels.iter().map(String::as_str)
}
