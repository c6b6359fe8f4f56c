//! Several documents on one page: cards and receipts laid on one sheet.
//!
//! The page is cut along blank strips wherever the parts say more than the whole: one part keeps
//! what the whole was recognised by, and the other is a document too.

use crate::{
    classify::{frame::Frame, score::Evidence},
    geometry::Rect,
    kind::{Kind, Registry},
    structure::PageStructure,
};

/// Cuts tried along each axis: the widest blank strips. Sheets of six documents need one or two.
const CUTS: usize = 8;
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

/// Lines that it must have at least: margins hold a few lines written downwards.
const LINES: usize = 8;

/// A part of a page with what the registry says of it.
pub struct Part<'r> {
    /// Indexes into the page's lines.
    pub lines: Vec<usize>,
    pub frame: Frame,
    /// Its kind and how many times the kind's threshold it reaches.
    pub claim: Option<(&'r Kind, f32)>,
    /// Whether some kind would claim it but for texts of other kinds.
    contested: bool,
}

impl<'r> Part<'r> {
    pub fn new(page: &PageStructure, registry: &'r Registry, lines: Vec<usize>) -> Self {
        let frame = Frame::of_lines(&page.lines, &lines, page.rotation);
        let evidence = Evidence::of(page, &frame);
        let kinds = registry.iter().filter(|k| !k.open && k.identify.min_score > 0.0);
        let scores: Vec<(&Kind, f32, f32)> = kinds
            .map(|k| {
                let (score, against) = evidence.kind_score(k);
                (k, (score - against) / k.identify.min_score, score / k.identify.min_score)
            })
            .collect();
        let best = scores.iter().max_by(|a, b| a.1.total_cmp(&b.1)).filter(|s| s.1 >= 1.0);
        let claim = best.map(|(kind, ratio, _)| (*kind, *ratio));
        let contested = scores.iter().any(|s| s.2 >= 1.0);
        Self { lines, frame, claim, contested }
    }

    fn ratio(&self) -> f32 {
        self.claim.map_or(0.0, |c| c.1)
    }
}

/// The documents of a page as parts; the whole page as one where no cut says more.
pub fn parts<'r>(page: &PageStructure, registry: &'r Registry) -> Vec<Part<'r>> {
    let whole = Part::new(page, registry, (0..page.lines.len()).collect());
    let mut done = Vec::new();
    cut(page, registry, whole, DEPTH, &mut done);
    done
}

fn cut<'r>(
    page: &PageStructure,
    registry: &'r Registry,
    whole: Part<'r>,
    depth: usize,
    done: &mut Vec<Part<'r>>,
) {
    let best = if depth > 0 && whole.contested { best_cut(page, registry, &whole) } else { None };
    match best {
        Some((a, b)) => {
            cut(page, registry, a, depth - 1, done);
            cut(page, registry, b, depth - 1, done);
        }
        None => done.push(whole),
    }
}

fn best_cut<'r>(
    page: &PageStructure,
    registry: &'r Registry,
    whole: &Part<'r>,
) -> Option<(Part<'r>, Part<'r>)> {
    let mut best: Option<(f32, Part<'r>, Part<'r>)> = None;
    for (first, second) in strips(page, &whole.lines) {
        let a = Part::new(page, registry, first);
        let b = Part::new(page, registry, second);
        let says_more = parted(whole, &a, &b) || parted(whole, &b, &a);
        let gain = a.ratio() + b.ratio();
        if says_more && best.as_ref().is_none_or(|b| gain > b.0) {
            best = Some((gain, a, b));
        }
    }
    best.map(|(_, a, b)| (a, b))
}

/// Whether `kept` is the document that the whole was taken for and `other` another one.
fn parted(whole: &Part, kept: &Part, other: &Part) -> bool {
    let Some((kind, ratio)) = kept.claim else { return false };
    let same = whole.claim.is_none_or(|(k, r)| k.id == kind.id && ratio >= KEPT * r);
    let document = match other.claim {
        Some((twin, r)) => twin.id != kind.id || r >= TWIN * whole.ratio().max(ratio),
        None => other.lines.len() >= LINES && kept.frame.turned_against(&other.frame).abs() > TURNED,
    };
    same && document
}

/// The widest blank strips across some lines, each as the lines on its two sides.
fn strips(page: &PageStructure, lines: &[usize]) -> Vec<(Vec<usize>, Vec<usize>)> {
    let boxes: Vec<(usize, Rect)> =
        lines.iter().filter_map(|&i| Some((i, page.lines.get(i)?.quad.bounds()))).collect();
    let mut cuts = Vec::new();
    for sideways in [false, true] {
        let range = |r: &Rect| if sideways { (r.left, r.right) } else { (r.top, r.bottom) };
        let mut sorted: Vec<(f32, f32)> = boxes.iter().map(|(_, r)| range(r)).collect();
        sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut gaps: Vec<(f32, f32)> = Vec::new();
        let mut reach = f32::MAX;
        for (from, to) in sorted {
            if from > reach {
                gaps.push((from - reach, (from + reach) / 2.0));
            }
            reach = if reach == f32::MAX { to } else { reach.max(to) };
        }
        gaps.sort_by(|a, b| b.0.total_cmp(&a.0));
        for (_, at) in gaps.into_iter().take(CUTS) {
            let before = |(_, r): &&(usize, Rect)| range(r).1 <= at;
            let (a, b): (Vec<&(usize, Rect)>, Vec<&(usize, Rect)>) = boxes.iter().partition(before);
            cuts.push((a.into_iter().map(|b| b.0).collect(), b.into_iter().map(|b| b.0).collect()));
        }
    }
    cuts
}
