//! Several documents on one page: cards and receipts laid on one sheet.
//!
//! The page is cut along blank strips wherever the parts say more than the whole: one part keeps
//! what the whole was recognised by, and the other is a document too.

use std::collections::BTreeMap;

use crate::{
    classify::{frame::Frame, references::outline, score::Evidence, vocabulary::Vocabulary},
    geometry::{Point, Quad},
    kind::{Kind, Registry},
    structure::PageStructure,
};

/// Cuts tried along each axis: the widest blank strips. Sheets of six documents need one or two.
const CUTS: usize = 8;
/// Degrees by which a strip may be slanted: documents laid side by side by hand lie askew. Reasoned;
/// with the rule below, of 152 documents on sheets put together from single pages one to three more
/// are found.
const SLANTS: [f32; 5] = [0.0, -1.5, 1.5, -3.0, 3.0];
/// Cuts on the way to one document.
const DEPTH: usize = 5;
/// Share of the whole's score that a part must keep to be the document the whole was taken for:
/// the texts of one document are spread over both sides of any cut through it.
const KEPT: f32 = 0.85;
/// Share of it that a second document of the same kind must reach.
const TWIN: f32 = 0.6;
/// Degrees by which the text of a part that no kind claims must be turned against the other to be
/// a document of its own: unmarked parts of one document run in its direction.
const TURNED: f32 = 20.0;

/// Long lines that must run so in such a part, at least, and be half of its lines: margins hold a
/// few lines written downwards.
const LINES: usize = 6;

/// Share of a kind's threshold that the texts of the whole page must reach for a part to be tried
/// for it. A part has no more texts; but those spread over several boxes are put together only
/// where the boxes stand in one row of the part, so some room is left.
const POSSIBLE: f32 = 0.6;

/// How many times its threshold two parts of different kinds must reach each, and how many times
/// the score of the whole together, to be documents of their own whatever the whole was taken for.
/// No page of the development corpus is cut by it that was not before.
const STRONG: f32 = 1.5;
const MORE: f32 = 1.4;

/// A part with fewer of the lines than one in this many is taken for a document of another kind
/// only by a text that the kind names: waybills and shop receipts hold numbers of any form.
const SHARE: usize = 7;

/// What the label of a field that no other kind has says for a kind. Of ten drawn forms in wordings never seen nine
/// got their kind without, ten with it; at 0.35 a letter and an order confirmation among the samples got a wrong one.
const LABEL: f32 = 0.25;
/// Share of a kind's threshold that labels reach at most: they are words of other forms too.
const BY_LABELS: f32 = 0.25;

/// The kinds that may claim a part, and the labels of all.
type Registered<'a, 'r> = (&'a [&'r Kind], &'a Vocabulary<'r>);

/// What the labels of a kind's fields say for it.
fn by_labels(kind: &Kind, told: &BTreeMap<&str, f32>) -> f32 {
    let fields = told.get(kind.id.as_str()).copied().unwrap_or(0.0);
    (LABEL * fields).min(BY_LABELS * kind.identify.min_score)
}

/// A part of a page with what the registry says of it.
pub struct Part<'r> {
    /// Indexes into the page's lines.
    pub lines: Vec<usize>,
    pub frame: Frame,
    /// Its kind and how many times the kind's threshold it reaches.
    pub claim: Option<(&'r Kind, f32)>,
    /// Whether some kind would claim it but for texts of other kinds.
    contested: bool,
    /// Whether the claim rests on a text that the kind names, not on the form of a number alone.
    anchored: bool,
    /// The outline, on the page, of the form that it is, if that is marked by references.
    form: Option<Quad>,
}

impl<'r> Part<'r> {
    /// `kinds` are those that may claim it.
    fn new(page: &PageStructure, (kinds, labels): Registered<'_, 'r>, lines: Vec<usize>) -> Self {
        let frame = Frame::of_lines(&page.lines, &lines, page.rotation);
        let evidence = Evidence::of(page, &frame);
        let told = labels.named_in(&frame);
        let scores: Vec<(&Kind, f32, f32)> = kinds
            .iter()
            .map(|&k| {
                let (score, against) = evidence.kind_score(k);
                let score = score + by_labels(k, &told);
                (k, (score - against) / k.identify.min_score, score / k.identify.min_score)
            })
            .collect();
        // Texts at their places on a form that was marked by hand say more than labels that many
        // forms print.
        let forms: Vec<&str> = kinds.iter().filter(|k| evidence.is_form(k)).map(|k| k.id.as_str()).collect();
        let rank = |s: &(&Kind, f32, f32)| (s.1 >= 1.0 && forms.contains(&s.0.id.as_str()), s.1);
        let best = scores.iter().max_by(|a, b| {
            let (a, b) = (rank(a), rank(b));
            a.0.cmp(&b.0).then(a.1.total_cmp(&b.1))
        });
        let best = best.filter(|s| s.1 >= 1.0);
        let claim = best.map(|(kind, ratio, _)| (*kind, *ratio));
        let contested = scores.iter().any(|s| s.2 >= 1.0);
        let anchored = claim.is_some_and(|(kind, _)| evidence.has_anchor(kind));
        let form = claim.filter(|(kind, _)| forms.contains(&kind.id.as_str()));
        let form = form.and_then(|(kind, _)| outline(&frame, kind));
        Self { lines, frame, claim, contested, anchored, form }
    }

    fn ratio(&self) -> f32 {
        self.claim.map_or(0.0, |c| c.1)
    }
}

/// The documents of a page as parts; the whole page as one where no cut says more.
pub fn parts<'r>(page: &PageStructure, registry: &'r Registry) -> Vec<Part<'r>> {
    let kinds: Vec<&Kind> = registry.iter().filter(|k| !k.open && k.identify.min_score > 0.0).collect();
    let labels = Vocabulary::of(&kinds);
    let whole = Part::new(page, (&kinds, &labels), (0..page.lines.len()).collect());
    // What no text of the page speaks for claims no part of it either; most of the work is here.
    let evidence = Evidence::of(page, &whole.frame);
    let told = labels.named_in(&whole.frame);
    let most = |k: &Kind| evidence.most(k) + by_labels(k, &told);
    let near = |k: &&Kind| !k.identify.alone && most(k) >= POSSIBLE * k.identify.min_score;
    let possible: Vec<&Kind> = if whole.contested { kinds.into_iter().filter(near).collect() } else { kinds };
    let mut done = Vec::new();
    cut(page, (&possible, &labels), whole, DEPTH, &mut done);
    done
}

fn cut<'r>(
    page: &PageStructure,
    kinds: Registered<'_, 'r>,
    whole: Part<'r>,
    depth: usize,
    done: &mut Vec<Part<'r>>,
) {
    let best = if depth > 0 && whole.contested { best_cut(page, kinds, &whole) } else { None };
    match best {
        Some((a, b)) => {
            cut(page, kinds, a, depth - 1, done);
            cut(page, kinds, b, depth - 1, done);
        }
        None => done.push(whole),
    }
}

fn best_cut<'r>(
    page: &PageStructure,
    kinds: Registered<'_, 'r>,
    whole: &Part<'r>,
) -> Option<(Part<'r>, Part<'r>)> {
    let mut best: Option<(f32, Part<'r>, Part<'r>)> = None;
    for (first, second) in strips(page, &whole.lines) {
        let a = Part::new(page, kinds, first);
        let b = Part::new(page, kinds, second);
        let apart = |form: &Part, other: &Part| !within_form(page, form, other);
        let says_more = (parted(whole, &a, &b) || parted(whole, &b, &a)) && apart(&a, &b) && apart(&b, &a);
        let gain = a.ratio() + b.ratio();
        if says_more && best.as_ref().is_none_or(|b| gain > b.0) {
            best = Some((gain, a, b));
        }
    }
    best.map(|(_, a, b)| (a, b))
}

/// Whether most of a part lies inside the form that another part is: then it belongs to that form, whatever
/// other kind its texts speak for.
fn within_form(page: &PageStructure, form: &Part, other: &Part) -> bool {
    let Some(outline) = &form.form else { return false };
    let lines = other.lines.iter().filter_map(|&i| page.lines.get(i));
    2 * lines.filter(|l| outline.contains(l.quad.center())).count() > other.lines.len()
}

/// Whether `kept` is the document that the whole was taken for and `other` another one.
fn parted(whole: &Part, kept: &Part, other: &Part) -> bool {
    let Some((kind, ratio)) = kept.claim else { return false };
    let same = whole.claim.is_none_or(|(k, r)| k.id == kind.id && ratio >= KEPT * r);
    // Texts that several kinds print (发票代码) raise the score of a sheet of several documents above
    // that of any of them.
    let strong = |part: &Part| part.anchored && part.ratio() >= STRONG;
    let others = other.claim.is_some_and(|(twin, _)| twin.id != kind.id);
    if others && strong(kept) && strong(other) && kept.ratio() + other.ratio() >= MORE * whole.ratio() {
        return true;
    }
    let document = match other.claim {
        Some((twin, r)) => {
            // A number that looks like one of another kind is a number of this document.
            let foreign = whole.claim.is_some_and(|(k, _)| k.id != twin.id);
            if foreign && !other.anchored && SHARE * other.lines.len() < whole.lines.len() {
                return false;
            }
            let again = !kind.identify.whole_page && r >= TWIN * whole.ratio().max(ratio);
            twin.id != kind.id || again
        }
        None => {
            let directed = other.frame.directed;
            let text = directed >= LINES && 2 * directed >= other.lines.len();
            text && kept.frame.turned_against(&other.frame).abs() > TURNED
        }
    };
    same && document
}

/// The widest blank strips across some lines, level or slanted a little, each as the lines on its
/// two sides.
fn strips(page: &PageStructure, lines: &[usize]) -> Vec<(Vec<usize>, Vec<usize>)> {
    let boxes: Vec<(usize, Quad)> =
        lines.iter().filter_map(|&i| Some((i, page.lines.get(i)?.quad))).collect();
    let mut cuts = Vec::new();
    for sideways in [false, true] {
        let mut gaps: Vec<(f32, Vec<usize>)> = Vec::new();
        for degrees in SLANTS {
            let slant = degrees.to_radians().tan();
            let place = |p: &Point| if sideways { p.x + slant * p.y } else { p.y + slant * p.x };
            let mut ranges: Vec<(f32, f32, usize)> = boxes
                .iter()
                .map(|(i, quad)| {
                    let places = quad.0.each_ref().map(place);
                    (
                        places.iter().copied().fold(f32::MAX, f32::min),
                        places.iter().copied().fold(f32::MIN, f32::max),
                        *i,
                    )
                })
                .collect();
            ranges.sort_by(|a, b| a.0.total_cmp(&b.0));
            let mut reach = f32::MAX;
            for (nth, (from, to, _)) in ranges.iter().enumerate() {
                if *from > reach {
                    let mut first: Vec<usize> = ranges.iter().take(nth).map(|r| r.2).collect();
                    first.sort_unstable();
                    gaps.push((from - reach, first));
                }
                reach = if reach == f32::MAX { *to } else { reach.max(*to) };
            }
        }
        gaps.sort_by(|a, b| b.0.total_cmp(&a.0));
        let mut tried: Vec<Vec<usize>> = Vec::new();
        for (_, first) in gaps {
            if tried.len() < CUTS && !tried.contains(&first) {
                tried.push(first);
            }
        }
        for first in tried {
            let second = boxes.iter().map(|b| b.0).filter(|i| first.binary_search(i).is_err()).collect();
            cuts.push((first, second));
        }
    }
    cuts
}
