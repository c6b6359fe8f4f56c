//! Several documents on one page: cards and receipts laid on one sheet.
//!
//! Where pieces are seen to lie on a ground of another colour, each is a document or several. Else the page
//! is cut along blank strips wherever the parts say more than the whole: one part keeps what the whole was
//! recognised by, and the other is a document too. A page of so many documents that no cut leaves one alone
//! is cut all the same, and the cuts stand if most of its text turns out to be of documents. What was cut
//! too small is put together again.

use std::{
    cmp::Ordering,
    collections::{BTreeMap, BTreeSet},
};

use crate::{
    classify::{
        cuts::{Cut, SAME_GAIN},
        evens::{Printed, printed, uneven},
        part::{Part, by_labels},
        score::Evidence,
        sides::{pairs, two_sides},
        strips::strips,
        twins::{numbers_differ, repeats},
        vocabulary::Vocabulary,
    },
    geometry::{Quad, Rect},
    kind::Kind,
    structure::PageStructure,
};

/// Cuts on the way to one document: nine in a row need eight.
const DEPTH: usize = 9;
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

/// Share of the lines that must be those of documents of a kind for cuts that say nothing by
/// themselves to stand. Reasoned.
const COVERED: f32 = 0.6;

/// Share of the whole's score that each of several pieces of its kind must reach: boxes of one screen that
/// list records reached 0.4, two cards of different banks 0.5.
const BOX: f32 = 0.45;

/// A coloured box within a card has at most one of so many of its lines. Reasoned: a company's name beside ten of a
/// business card; papers that overlap others have more.
const BOX_LINES: usize = 4;

/// Degrees by which papers laid by hand are turned against each other; perspective turns boxes of one screen by
/// one or two. Reasoned.
const ASKEW: f32 = 3.0;

/// Line heights between the texts of two parts within which they may be parts of one document: where one is
/// of no kind or another, and where both are of the same. Reasoned: the blank strips inside cards and
/// receipts are one to three lines high, those between their columns wider.
const NEAR: f32 = 4.0;
const NEAR_OF_KIND: f32 = 10.0;

/// The documents of a page as parts, of the kinds allowed; the whole page as one where no cut says more.
pub fn parts<'r>(page: &PageStructure, allowed: impl Iterator<Item = &'r Kind>) -> Vec<Part<'r>> {
    let kinds: Vec<&Kind> = allowed.filter(|k| !k.open && k.identify.min_score > 0.0).collect();
    let labels = Vocabulary::of(&kinds);
    let mut sheet = Sheet { page, kinds, labels };
    let whole = sheet.part((0..page.lines.len()).collect());
    if whole.contested > 0 {
        // What no text of the page speaks for claims no part of it either; most of the work is here.
        let evidence = Evidence::of(page, &whole.frame);
        let told = sheet.labels.named_in(&whole.frame);
        let most = |k: &Kind| evidence.most(k) + by_labels(k, &told);
        sheet.kinds.retain(|k| !k.identify.alone && most(k) >= POSSIBLE * k.identify.min_score);
    }
    let found = sheet.on_papers(&whole).unwrap_or_else(|| {
        let mut done = Vec::new();
        sheet.cut(whole, DEPTH, &mut done);
        sheet.joined(done)
    });
    sheet.as_cards(found)
}

/// A page with the kinds that its parts are tried for.
struct Sheet<'p, 'r> {
    page: &'p PageStructure,
    kinds: Vec<&'r Kind>,
    labels: Vocabulary<'r>,
}

impl<'r> Sheet<'_, 'r> {
    /// Some lines with what the kinds say of them.
    fn part(&self, lines: Vec<usize>) -> Part<'r> {
        Part::of(self.page, &self.kinds, &self.labels, lines)
    }

    /// The documents by the papers and cards that are seen on the page; `None` where these are not plainly
    /// documents, or all say less than the whole: a form has coloured boxes too.
    fn on_papers(&self, whole: &Part<'r>) -> Option<Vec<Part<'r>>> {
        let mut papers: Vec<&Quad> = self.page.pieces.iter().collect();
        papers.sort_by(|a, b| a.area().total_cmp(&b.area()));
        let mut lines: Vec<Vec<usize>> = vec![Vec::new(); papers.len()];
        let mut rest = Vec::new();
        for &i in &whole.lines {
            let centre = self.page.lines.get(i)?.quad.center();
            match papers.iter().position(|p| p.contains(centre)).and_then(|at| lines.get_mut(at)) {
                Some(own) => own.push(i),
                None => rest.push(i),
            }
        }
        let mut found = Vec::new();
        for (paper, own) in papers.into_iter().zip(lines).filter(|(_, own)| !own.is_empty()) {
            found.extend(self.on_paper(paper, self.part(own)));
        }
        if !plainly(whole, &found) {
            return None;
        }
        if !rest.is_empty() {
            self.cut(self.part(rest), DEPTH, &mut found);
        }
        let found = self.joined(found);
        (found.iter().map(Part::ratio).sum::<f32>() >= whole.ratio()).then_some(found)
    }

    /// The documents on one piece: one, or several that touch.
    fn on_paper(&self, paper: &Quad, whole: Part<'r>) -> Vec<Part<'r>> {
        let mut parts = Vec::new();
        self.cut(whole.clone(), DEPTH, &mut parts);
        let mut parts = self.joined(parts);
        // A single document is mostly all that lies there: its parts must speak up to be several.
        let plain = |p: &Part| p.anchored && p.ratio() >= STRONG;
        if parts.len() > 1 && whole.claim.is_some() && !parts.iter().all(plain) && !self.all_twins(&parts) {
            parts = vec![whole];
        }
        if let [one] = parts.as_mut_slice() {
            one.paper = Some(*paper);
        }
        parts
    }

    /// Whether parts are all of one kind and each shows again what a document of it prints once.
    fn all_twins(&self, parts: &[Part<'r>]) -> bool {
        parts.iter().enumerate().all(|(i, a)| {
            parts.iter().skip(i + 1).all(|b| {
                let kind = a.claim.zip(b.claim).filter(|((k, _), (l, _))| k.id == l.id).map(|(c, _)| c.0);
                kind.is_some_and(|kind| repeats(kind, &self.labels, &a.frame, &b.frame))
            })
        })
    }

    /// The two sides of one card are one document where nothing else is on the page and both lie upright
    /// alike, as on a copy of a card, or where the way they lie tells.
    fn as_cards(&self, mut found: Vec<Part<'r>>) -> Vec<Part<'r>> {
        let documents: Vec<&Part> = found.iter().filter(|p| p.claim.is_some()).collect();
        if let &[a, b] = documents.as_slice()
            && two_sides(a, b)
            && a.frame.turned_against(&b.frame).abs() <= TURNED
            && let Some(one) = self.of_kind_of(a, found.iter())
        {
            return vec![one];
        }
        let mut joined = BTreeSet::new();
        for (front, back) in pairs(&found) {
            let Some((a, b)) = found.get(front).zip(found.get(back)) else { continue };
            let paper = a.paper.zip(b.paper).map(|(p, q)| a.frame.along_text(&p).widened(&q));
            let Some(one) = self.of_kind_of(a, [a, b].into_iter()) else { continue };
            if let Some(slot) = found.get_mut(front) {
                *slot = Part { paper, ..one };
                joined.insert(back);
            }
        }
        let kept = found.into_iter().enumerate().filter(|(i, _)| !joined.contains(i));
        kept.map(|(_, part)| part).collect()
    }

    /// Parts put together, if they are of the kind that one of them is.
    fn of_kind_of<'p>(&self, of: &Part<'r>, parts: impl Iterator<Item = &'p Part<'r>>) -> Option<Part<'r>>
    where
        'r: 'p,
    {
        let lines: BTreeSet<usize> = parts.flat_map(|p| &p.lines).copied().collect();
        let one = self.part(lines.into_iter().collect());
        let kind = |p: &Part<'r>| p.claim.map(|(kind, _)| kind.id.as_str());
        (kind(&one) == kind(of)).then_some(one)
    }

    /// Cuts a part into documents, as long as cuts say more.
    fn cut(&self, whole: Part<'r>, depth: usize, done: &mut Vec<Part<'r>>) {
        if depth == 0 || whole.contested == 0 {
            done.push(whole);
            return;
        }
        let cut = |(width, a, b)| Cut { width, sides: [self.part(a), self.part(b)] };
        let cuts: Vec<Cut> = strips(self.page, &whole.lines).into_iter().map(cut).collect();
        let apart = |cut: &Cut| {
            let [a, b] = &cut.sides;
            !within_form(self.page, a, b) && !within_form(self.page, b, a)
        };
        let says_more = |cut: &Cut| {
            let [a, b] = &cut.sides;
            // Of a sheet that is none itself a cut tells where it leaves one document alone.
            let plain = whole.claim.is_some() || cut.sides.iter().any(|p| p.claim.is_some() && !p.mingled());
            plain && (self.parted(&whole, a, b) || self.parted(&whole, b, a)) && apart(cut)
        };
        let (telling, others): (Vec<Cut>, Vec<Cut>) = cuts.into_iter().partition(says_more);
        let tells = !telling.is_empty();
        // The texts of one document are shared by the two sides of a cut, those of several are there twice.
        let doubled = |cut: &Cut| cut.sides.iter().map(|p| p.most).sum::<f32>() >= MORE * whole.most;
        let mut known = BTreeMap::new();
        let mut rank = |cut: &Cut<'r>| {
            let labels = cut.sides.iter().map(|p| self.labelled(p)).sum();
            cut.rank(&whole.frame, labels, self.uneven(&whole, cut, &mut known))
        };
        let by_rank = |a: &([f32; 3], Cut), b: &([f32; 3], Cut)| {
            let pairs = a.0.iter().zip(&b.0).map(|(a, b)| a.total_cmp(b));
            pairs.fold(Ordering::Equal, Ordering::then)
        };
        let best = if tells {
            telling.into_iter().map(|cut| (rank(&cut), cut)).max_by(by_rank).map(|(_, cut)| cut)
        } else if whole.mingled() && whole.form.is_none() {
            // Documents lie further apart than their lines.
            others
                .into_iter()
                .filter(|cut| doubled(cut) && apart(cut))
                .max_by(|a, b| a.width.total_cmp(&b.width))
        } else {
            None
        };
        let Some(Cut { sides, .. }) = best else {
            done.push(whole);
            return;
        };
        let mut found = Vec::new();
        for side in sides {
            self.cut(side, depth - 1, &mut found);
        }
        if tells || stands(&whole, &found) { done.extend(found) } else { done.push(whole) }
    }

    /// Whether `kept` is the document that the whole was taken for and `other` another one.
    fn parted(&self, whole: &Part, kept: &Part, other: &Part) -> bool {
        let Some((kind, ratio)) = kept.claim else { return false };
        let keeps = |(k, r): (&Kind, f32)| k.id == kind.id && ratio >= KEPT * r;
        let same = whole.claim.is_none_or(keeps) || whole.uncrowded.is_some_and(keeps);
        let strong = |part: &Part| part.anchored && part.ratio() >= STRONG;
        let more = strong(kept) && strong(other) && kept.ratio() + other.ratio() >= MORE * whole.ratio();
        match other.claim {
            Some((twin, _)) if twin.id != kind.id => {
                // Texts that several kinds print (发票代码) raise the score of a sheet of several documents above
                // that of any of them.
                if more {
                    return true;
                }
                // A number that looks like one of another kind is a number of this document.
                let foreign = whole.claim.is_some_and(|(k, _)| k.id != twin.id);
                same && !(foreign && !other.anchored && SHARE * other.lines.len() < whole.lines.len())
            }
            // The front of a card and its back beside it.
            Some(_) if two_sides(kept, other) => true,
            Some((_, r)) => {
                // Records listed on one screen say less each than all of them.
                let enough = !kind.identify.whole_page && r >= TWIN * whole.ratio().max(ratio);
                let twice = || repeats(kind, &self.labels, &kept.frame, &other.frame);
                let numbers = || !kind.identify.whole_page && numbers_differ(kind, &kept.frame, &other.frame);
                (enough && (same || twice())) || numbers() || (!kind.identify.whole_page && more)
            }
            None => {
                let directed = other.frame.directed;
                let text = directed >= LINES && 2 * directed >= other.lines.len();
                same && text && kept.frame.turned_against(&other.frame).abs() > TURNED
            }
        }
    }

    /// How unevenly a cut parts what the documents of its sides' kinds print once, 0..1; the two sides of a card print
    /// different things. Of the whole it is counted once a kind (`known`).
    fn uneven(&self, whole: &Part<'r>, cut: &Cut<'r>, known: &mut BTreeMap<&'r str, Printed>) -> f32 {
        let [first, second] = &cut.sides;
        if two_sides(first, second) {
            return 0.0;
        }
        let [a, b] = [first, second].map(|side| side.claim.map(|(kind, _)| kind));
        let both = a.zip(b).is_some_and(|(a, b)| a.id == b.id);
        let kinds = a.into_iter().chain(b.filter(|_| !both));
        let uneven = kinds.map(|kind| {
            let all = known.entry(&kind.id).or_insert_with(|| printed(kind, &self.labels, &whole.frame));
            uneven(all, &printed(kind, &self.labels, &first.frame), both)
        });
        uneven.fold(0.0, f32::max)
    }

    /// How many fields and columns of its kind a part shows by labels.
    fn labelled(&self, part: &Part) -> usize {
        part.claim.map_or(0, |(kind, _)| {
            let printed = self.labels.printed_in(&part.frame, kind);
            printed.into_iter().flat_map(|(_, fields)| fields).collect::<BTreeSet<_>>().len()
        })
    }

    /// Puts parts of one document together that were cut apart: two that lie beside each other and
    /// are recognised together no worse than the better one alone.
    fn joined(&self, mut parts: Vec<Part<'r>>) -> Vec<Part<'r>> {
        loop {
            let pairs = (0..parts.len()).flat_map(|i| (i + 1..parts.len()).map(move |j| (i, j)));
            let found = pairs.into_iter().find_map(|(i, j)| {
                let (a, b) = (parts.get(i)?, parts.get(j)?);
                let one = self.one(a, b)?;
                let others = parts.iter().enumerate().filter(|(n, _)| *n != i && *n != j);
                let mut inside = others.flat_map(|(_, p)| &p.lines).filter_map(|&l| self.page.lines.get(l));
                let clear = !inside.any(|l| one.frame.bounds.contains(one.frame.point(l.quad.center())));
                clear.then_some((i, j, one))
            });
            let Some((i, j, one)) = found else { return parts };
            parts.remove(j);
            if let Some(slot) = parts.get_mut(i) {
                *slot = one;
            }
        }
    }

    /// The document that two parts are together; `None` if they are two.
    fn one(&self, a: &Part<'r>, b: &Part<'r>) -> Option<Part<'r>> {
        let height = a.frame.line_height().max(b.frame.line_height());
        let known = |part: &Part| part.form.is_some() || part.paper.is_some();
        let of_kind = a.claim.zip(b.claim).is_some_and(|((k, _), (l, _))| k.id == l.id);
        let near = if of_kind { NEAR_OF_KIND } else { NEAR };
        // What lies around a paper holds it as a box of its own, what lies beside it does not; but a coloured box of
        // no kind may be part of a document whose paper has the colour of the ground.
        let beside = |p: &Part, other: &Part| {
            let small = BOX_LINES * p.lines.len() <= other.lines.len();
            let of_other = small && p.claim.is_none() && other.claim.is_some() && other.paper.is_none();
            !of_other
                && p.paper
                    .is_some_and(|paper| !other.frame.bounds.contains(other.frame.point(paper.center())))
        };
        if (known(a) && known(b)) || beside(a, b) || beside(b, a) || two_sides(a, b) {
            return None;
        }
        if self.gap(a, b)? > near * height {
            return None;
        }
        let along = a.frame.turned_against(&b.frame).abs() <= TURNED;
        let (more, less) = if a.ratio() >= b.ratio() { (a, b) } else { (b, a) };
        // A few short lines tell no direction.
        if !along && less.frame.directed >= LINES {
            return None;
        }
        let union: BTreeSet<usize> = a.lines.iter().chain(&b.lines).copied().collect();
        let one = self.part(union.into_iter().collect());
        let same = |part: &Part| match (part.claim, one.claim) {
            (Some((k, _)), Some((of_one, _))) => k.id == of_one.id,
            _ => false,
        };
        let fits = match (more.claim, less.claim) {
            (None, _) => true,
            (Some((_, ratio)), None) => {
                same(more) && one.ratio() >= ratio && less.lines.len() <= more.lines.len()
            }
            (Some((kind, ratio)), Some(_)) if same(less) => {
                let two = || !kind.identify.whole_page && repeats(kind, &self.labels, &a.frame, &b.frame);
                same(more) && one.ratio() >= KEPT * ratio && !two()
            }
            // Texts that look like those of another kind and say more here.
            (Some((_, ratio)), Some((_, other))) => {
                same(more) && one.ratio() > ratio + SAME_GAIN && other < STRONG
            }
        };
        fits.then_some(one)
    }

    /// The distance between the texts of two parts, in pixels.
    fn gap(&self, a: &Part, b: &Part) -> Option<f32> {
        let boxes = |part: &Part| -> Vec<Rect> {
            part.lines.iter().filter_map(|&i| Some(self.page.lines.get(i)?.quad.bounds())).collect()
        };
        let (first, second) = (boxes(a), boxes(b));
        let apart = |x: &Rect, y: &Rect| {
            let across = (x.left.max(y.left) - x.right.min(y.right)).max(0.0);
            let down = (x.top.max(y.top) - x.bottom.min(y.bottom)).max(0.0);
            across.hypot(down)
        };
        first.iter().flat_map(|x| second.iter().map(move |y| apart(x, y))).min_by(f32::total_cmp)
    }
}

/// Whether what lies on pieces is documents, and not boxes of another colour within one: they lie turned against
/// each other; or they hold two documents, or most of the text; none of them looks by chance like another kind within a form; those of
/// one kind say about as much as the whole does.
fn plainly(whole: &Part, found: &[Part]) -> bool {
    let held: usize = found.iter().map(|p| p.lines.len()).sum();
    let documents = || found.iter().filter(|p| p.claim.is_some());
    if found.len() > 1 && laid_by_hand(found) {
        return documents().next().is_some();
    }
    let most = held as f32 >= COVERED * whole.lines.len() as f32;
    if found.len() < 2 || documents().count() < if most { 1 } else { 2 } {
        return false;
    }
    let Some((kind, ratio)) = whole.claim else { return true };
    let least = if kind.identify.whole_page { STRONG } else { 1.0 };
    let alike = documents().all(|p| p.claim.is_some_and(|(k, _)| k.id == kind.id));
    documents().all(|p| p.ratio() >= if alike { least.max(BOX * ratio) } else { least })
}

/// Whether papers lie turned against each other, as no boxes that are printed or shown together.
fn laid_by_hand(found: &[Part]) -> bool {
    let angles = || found.iter().filter_map(|p| p.paper.map(|q| q.angle()));
    let turned = |a: f32, b: f32| {
        let quarter = (a - b).rem_euclid(90.0);
        quarter.min(90.0 - quarter) > ASKEW
    };
    angles().any(|a| angles().any(|b| turned(a, b)))
}

/// Whether cuts that said nothing one by one stand: most of the text is that of documents, and these
/// say more than the whole.
fn stands(whole: &Part, found: &[Part]) -> bool {
    let documents = || found.iter().filter(|p| p.claim.is_some());
    let covered: usize = documents().map(|p| p.lines.len()).sum();
    let sum: f32 = documents().map(Part::ratio).sum();
    documents().count() > 1
        && covered as f32 >= COVERED * whole.lines.len() as f32
        && sum >= MORE * whole.ratio()
        && documents().any(|p| p.anchored)
}

/// Whether most of a part lies inside the form that another part is: then it belongs to that form, whatever
/// other kind its texts speak for.
fn within_form(page: &PageStructure, form: &Part, other: &Part) -> bool {
    let Some(outline) = &form.form else { return false };
    let lines = other.lines.iter().filter_map(|&i| page.lines.get(i));
    2 * lines.filter(|l| outline.contains(l.quad.center())).count() > other.lines.len()
}
