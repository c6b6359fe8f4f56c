//! Registration of a document on the sample page of its form, by the fixed texts (references) that the
//! form prints.
//!
//! Works in two steps: a consensus over pairs of references tells which of the texts found are the
//! references (a text may be printed several times, misread or missing), then a least-squares map
//! from the sample page to this page is fitted to those and refined. Reads no value.

use serde::{Deserialize, Serialize};

use crate::{
    classify::{
        fold::{Match, find},
        frame::{Frame, Span},
    },
    geometry::{Homography, Point, Quad, Rect},
    kind::{Kind, LEAST_REFERENCES, Layout},
    numbers::median,
};

/// How far, as a share of the sample page's diagonal, a text may stand from where a plain turn and
/// scaling put it: perspective and uneven feeding move texts by several percent. Reasoned; the
/// forms drawn for the tests, tilted by up to 8 % of their width, are within it.
const COARSE: f32 = 0.08;
/// The same once a map was fitted to all of them, per round.
const FINE: [f32; 3] = [0.05, 0.03, 0.02];
/// References nearer to each other than this share of the diagonal tell scale and turn badly.
const LEAST_DISTANCE: f32 = 0.1;
/// Degrees between the direction of a text and the one that a supposed turn gives it.
const TURN: f32 = 20.0;
/// Range of scales: a thumbnail of a scan, a large scan of a small photo.
const SCALES: std::ops::Range<f32> = 0.1..10.0;
/// Places of one text that are looked at, best read first.
const PLACES: usize = 8;
/// A projective map is taken where it leaves less than this share of the affine map's error: its two more
/// parameters explain noise too, of four references (16 equations) so much in one case of fifty (F test).
const PROJECTIVE: f32 = 0.6;
/// The same for the map onto the levelled page, which has no more parameters.
const LEVELLED: f32 = 0.8;
/// A reference without which the error of all others falls below this share is not the right text.
/// Reasoned, as the one above.
const SPOILT: f32 = 0.4;
/// The error in heights of the references' text below which none of them can be a wrong one.
const GOOD: f32 = 0.15;
/// The error in heights of the references' text from which on a place may catch the line above or
/// below the right one.
const LOOSE: f32 = 0.5;
/// Share of the references below which a registration is in doubt.
const HALF: f32 = 0.5;
/// Share of the width and height over which all references are spread that those found must cover: the form
/// drawn for the tests, photographed, is misread at its lower end by references that cover 15 % of its height.
const SPREAD: f32 = 0.4;
/// References that fix an affine map; fewer leave it in doubt.
const AFFINE: usize = 3;
/// Sides of a mapped page differ from one another and its corners in depth by no more than this
/// factor; beyond it a map is no view of a sheet of paper.
const DISTORTION: f64 = 2.5;

/// Why values read at places may be wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FitDoubt {
    /// Fewer than two references were found together: no place is known.
    NotRegistered,
    /// Fewer than three, less than half of the references, or those of one end of the form alone were found.
    FewReferences,
    /// The references found do not lie as on the sample.
    Loose,
}

/// How well a document fits the form of its kind.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FormFit {
    /// Id of the layout.
    pub layout: String,
    /// References found at their places.
    pub found: usize,
    /// References of the layout.
    pub of: usize,
    /// Root mean square distance of the references from where the map puts them, in page pixels.
    pub residual_px: f32,
    /// Texts of the references that were not found.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doubt: Option<FitDoubt>,
}

/// A reference as found.
#[derive(Debug, Clone)]
pub struct FoundReference {
    /// Index into the layout's references.
    pub index: usize,
    pub spans: Vec<Span>,
    /// Share of its characters that were read right, 0..1.
    pub quality: f32,
}

/// The way between a sample page and the page at hand.
#[derive(Debug, Clone)]
pub struct FormRegistration {
    to_page: Homography,
    to_sample: Homography,
    pub found: Vec<FoundReference>,
    pub fit: FormFit,
}

impl FormRegistration {
    /// A quad of the sample page on this page.
    pub fn on_page(&self, on_sample: &Quad) -> Quad {
        on_sample.map(|p| self.to_page.apply(p))
    }

    /// A point of this page on the sample page.
    pub fn on_sample(&self, in_page: Point) -> Point {
        self.to_sample.apply(in_page)
    }

    /// Summed share of the references that were read right at their places.
    pub fn score(&self) -> f32 {
        self.found.iter().map(|f| f.quality).sum()
    }
}

/// The layout of a kind on which a document registers best; `None` where on none.
pub fn best_registration<'k>(frame: &Frame, kind: &'k Kind) -> Option<(&'k Layout, FormRegistration)> {
    let found = kind.layouts.iter().filter_map(|l| Some((l, register_form(frame, l)?)));
    found.max_by(|a, b| a.1.score().total_cmp(&b.1.score()))
}

/// Where the sample page of a kind's form lies on the page; `None` where that is not known without a doubt.
pub fn outline(frame: &Frame, kind: &Kind) -> Option<Quad> {
    let (layout, form) = best_registration(frame, kind)?;
    let [width, height] = layout.page?;
    let sheet = Quad::from_rect(0.0, 0.0, width, height);
    form.fit.doubt.is_none().then(|| form.on_page(&sheet))
}

/// How well a document fits its kind's form; `None` for kinds without references.
pub fn form_fit(frame: &Frame, kind: &Kind) -> Option<FormFit> {
    if let Some((_, registration)) = best_registration(frame, kind) {
        return Some(registration.fit);
    }
    let layout = kind.layouts.iter().find(|l| !l.references.is_empty())?;
    Some(FormFit {
        layout: layout.id.clone(),
        found: 0,
        of: layout.references.len(),
        residual_px: 0.0,
        missing: layout.references.iter().map(|r| r.text.clone()).collect(),
        doubt: Some(FitDoubt::NotRegistered),
    })
}

/// A reference and a place where its text is printed.
#[derive(Debug, Clone)]
struct Sighting {
    /// Index of the reference.
    index: usize,
    spans: Vec<Span>,
    quality: f32,
    on_sample: Ends,
    on_page: Ends,
}

/// Where a text begins and ends, at half its height.
#[derive(Debug, Clone, Copy)]
struct Ends {
    from: Point,
    to: Point,
    height: f32,
}

impl Ends {
    fn center(&self) -> Point {
        self.from.lerp(self.to, 0.5)
    }

    /// The ends of a text that runs from one quad to another; a tall quad is text written downwards.
    fn between(first: &Quad, last: &Quad, downwards: bool) -> Self {
        let edge = |q: &Quad, a: usize, b: usize| q.0[a].lerp(q.0[b], 0.5);
        if downwards {
            Self { from: edge(first, 0, 1), to: edge(last, 3, 2), height: first.width() }
        } else {
            Self { from: edge(first, 0, 3), to: edge(last, 1, 2), height: first.height() }
        }
    }

    fn of_reference(quad: &Quad, text: &str) -> Self {
        Self::between(quad, quad, text.chars().count() > 1 && quad.height() > 1.5 * quad.width())
    }

    fn angle(&self) -> f32 {
        (self.to.y - self.from.y).atan2(self.to.x - self.from.x).to_degrees()
    }

    /// Pairs of points for a fit. The ends of a misread text may be off by a character.
    fn pairs(&self, on_page: &Ends, quality: f32) -> Vec<(Point, Point, f32)> {
        if quality < 1.0 {
            return vec![(self.center(), on_page.center(), quality)];
        }
        vec![(self.from, on_page.from, 1.0), (self.to, on_page.to, 1.0)]
    }
}

/// Registers a document on a layout's sample page; `None` where fewer than two references are found
/// together, or the layout has none.
pub fn register_form(frame: &Frame, layout: &Layout) -> Option<FormRegistration> {
    let [width, height] = layout.page.filter(|_| !layout.references.is_empty())?;
    let diagonal = width.hypot(height);
    let sightings = sightings(frame, layout);
    let coarse = consensus(&sightings, diagonal)?;
    let sheet = Quad::from_rect(0.0, 0.0, width, height);
    let mut to_page = coarse;
    let mut chosen = within(&sightings, &coarse, COARSE * diagonal);
    for tolerance in FINE {
        let Some(map) = fit(frame, &chosen, &sheet) else { break };
        let kept = within(&sightings, &map, tolerance * diagonal);
        if kept.len() < chosen.len().min(AFFINE) {
            break;
        }
        to_page = map;
        chosen = kept;
    }
    without_outliers(frame, &mut chosen, &sheet);
    if let Some(map) = fit(frame, &chosen, &sheet) {
        to_page = map;
    }
    let to_sample = to_page.inverse()?;
    let residual_px = error(&to_page, &chosen);
    let text = median(chosen.iter().map(|s| s.on_page.height)).unwrap_or(1.0);
    let (found, of) = (chosen.len(), layout.references.len());
    let few = found < AFFINE || (found as f32) < HALF * of as f32;
    let doubt = if few || !spread_out(&chosen, layout) {
        Some(FitDoubt::FewReferences)
    } else {
        (residual_px > LOOSE * text).then_some(FitDoubt::Loose)
    };
    let seen = |i: usize| chosen.iter().any(|s| s.index == i);
    let unseen = layout.references.iter().enumerate().filter(|(i, _)| !seen(*i));
    let missing = unseen.map(|(_, r)| r.text.clone()).collect();
    let fit = FormFit { layout: layout.id.clone(), found, of, residual_px, missing, doubt };
    let found = chosen.into_iter();
    let found = found
        .map(|s| FoundReference { index: s.index, spans: s.spans.clone(), quality: s.quality })
        .collect();
    Some(FormRegistration { to_page, to_sample, found, fit })
}

/// Whether the references found lie on all sides of the form: beyond them a map is a guess.
fn spread_out(chosen: &[&Sighting], layout: &Layout) -> bool {
    let around = |points: &mut dyn Iterator<Item = Point>| {
        let rects = points.map(|p| Rect::new(p.x, p.y, p.x, p.y));
        rects.reduce(|a, b| a.union(&b)).unwrap_or_default()
    };
    let both = |e: Ends| [e.from, e.to];
    let all = layout.references.iter().map(|r| Ends::of_reference(&r.quad, &r.text));
    let all = around(&mut all.flat_map(both));
    let found = around(&mut chosen.iter().flat_map(|s| both(s.on_sample)));
    found.width() >= SPREAD * all.width() && found.height() >= SPREAD * all.height()
}

/// Every place where a reference's text is printed.
fn sightings(frame: &Frame, layout: &Layout) -> Vec<Sighting> {
    let mut all = Vec::new();
    for (index, reference) in layout.references.iter().enumerate() {
        let mut places = find(frame, &reference.text);
        places.sort_by(|a, b| b.quality.total_cmp(&a.quality));
        places.truncate(PLACES);
        let on_sample = Ends::of_reference(&reference.quad, &reference.text);
        all.extend(places.into_iter().filter_map(|place| {
            let on_page = ends_on_page(frame, &place)?;
            Some(Sighting { index, spans: place.spans, quality: place.quality, on_sample, on_page })
        }));
    }
    all
}

fn ends_on_page(frame: &Frame, place: &Match) -> Option<Ends> {
    let (first, last) = (place.spans.first()?, place.spans.last()?);
    let (first, last) = (frame.glyphs(first).first()?.quad_in_page, frame.glyphs(last).last()?.quad_in_page);
    let (a, b) = (first.center(), last.center());
    let along = (b.y - a.y).atan2(b.x - a.x).to_degrees() - first.angle();
    // The characters of text written downwards stand upright, one below the other.
    let across = ((along + 540.0).rem_euclid(360.0) - 180.0).abs() > 45.0;
    Some(Ends::between(&first, &last, across && a.distance(b) > 0.5 * first.height()))
}

/// The turn, scaling and shift on which most references agree; `None` unless two do.
fn consensus(sightings: &[Sighting], diagonal: f32) -> Option<Homography> {
    let mut best: Option<(f32, Homography)> = None;
    for (i, a) in sightings.iter().enumerate() {
        for b in sightings.iter().skip(i + 1).filter(|b| b.index != a.index) {
            let Some(map) = of_pair(a, b, diagonal) else { continue };
            let chosen = within(sightings, &map, COARSE * diagonal);
            let scale = scale_of(&map);
            let near = |s: &&Sighting| {
                let off = distance(&map, s) / (COARSE * diagonal * scale);
                s.quality * (1.0 - off * off)
            };
            let weight: f32 = chosen.iter().map(near).sum();
            if chosen.len() >= 2 && best.as_ref().is_none_or(|b| weight > b.0) {
                best = Some((weight, map));
            }
        }
    }
    best.map(|(_, map)| map)
}

/// The map that two references tell; `None` where they lie too near to each other, or where it
/// would turn their texts against the way they run.
fn of_pair(a: &Sighting, b: &Sighting, diagonal: f32) -> Option<Homography> {
    if a.on_sample.center().distance(b.on_sample.center()) < LEAST_DISTANCE * diagonal {
        return None;
    }
    let pairs =
        [(a.on_sample.center(), a.on_page.center(), 1.0), (b.on_sample.center(), b.on_page.center(), 1.0)];
    let map = Homography::fit_similarity(&pairs)?;
    let [[cos, _, _], [sin, _, _], _] = map.0;
    let turn = sin.atan2(cos).to_degrees() as f32;
    let runs_so = |s: &Sighting| {
        let told = s.on_page.angle() - s.on_sample.angle();
        let off = (told - turn + 540.0).rem_euclid(360.0) - 180.0;
        // A box around a single character has no direction to speak of.
        off.abs() < TURN || s.on_page.from.distance(s.on_page.to) < 1.5 * s.on_page.height
    };
    (SCALES.contains(&scale_of(&map)) && runs_so(a) && runs_so(b)).then_some(map)
}

/// Page pixels per pixel of the sample, of a map without perspective.
fn scale_of(map: &Homography) -> f32 {
    let [[a, b, _], [c, d, _], _] = map.0;
    (a * d - b * c).abs().sqrt() as f32
}

/// For each reference the place nearest to where a map puts it, if that is within `tolerance`
/// pixels of the sample.
fn within<'s>(sightings: &'s [Sighting], map: &Homography, tolerance: f32) -> Vec<&'s Sighting> {
    let mut chosen: Vec<(&Sighting, f32)> = Vec::new();
    for sighting in sightings {
        let center = sighting.on_sample.center();
        let off = distance(map, sighting);
        // Pixels of the page at this place.
        let step = map.apply(Point::new(center.x + tolerance, center.y)).distance(map.apply(center));
        if !off.is_finite() || off > step {
            continue;
        }
        match chosen.last_mut().filter(|(s, _)| s.index == sighting.index) {
            Some(kept) if off < kept.1 => *kept = (sighting, off),
            Some(_) => {}
            None => chosen.push((sighting, off)),
        }
    }
    chosen.into_iter().map(|(s, _)| s).collect()
}

/// Page pixels between a reference and where a map puts it.
fn distance(map: &Homography, sighting: &Sighting) -> f32 {
    map.apply(sighting.on_sample.center()).distance(sighting.on_page.center())
}

/// The simplest map that fits the references: two tell a turn and scaling, three an affine map,
/// four and more a projective one where that says more.
fn fit(frame: &Frame, chosen: &[&Sighting], sheet: &Quad) -> Option<Homography> {
    let pairs: Vec<_> = chosen.iter().flat_map(|s| s.on_sample.pairs(&s.on_page, s.quality)).collect();
    let similar = Homography::fit_similarity(&pairs)?;
    let sound = |map: &Homography| plausible(map, sheet);
    let affine = if chosen.len() >= AFFINE { Homography::fit_affine(&pairs).filter(sound) } else { None };
    let Some(affine) = affine else { return Some(similar) };
    // All lines of the page tell how it leans away; an affine map onto the levelled page needs no more
    // references than one onto the page itself.
    let level: Vec<_> = pairs.iter().map(|(s, d, w)| (*s, frame.point(*d), *w)).collect();
    let left = error(&affine, chosen);
    let levelled = Homography::fit_affine(&level).map(|map| frame.to_page().after(&map)).filter(sound);
    let simple = levelled.filter(|map| error(map, chosen) < LEVELLED * left).unwrap_or(affine);
    if chosen.len() <= AFFINE {
        return Some(simple);
    }
    let projective = Homography::fit_projective(&pairs).filter(sound);
    let says_more = |map: &Homography| {
        let own = error(map, chosen);
        own < PROJECTIVE * left && own < error(&simple, chosen)
    };
    Some(projective.filter(says_more).unwrap_or(simple))
}

/// Leaves out references that spoil the fit of all others: a twin of a text near the right one.
fn without_outliers(frame: &Frame, chosen: &mut Vec<&Sighting>, sheet: &Quad) {
    let text = median(chosen.iter().map(|s| s.on_page.height)).unwrap_or(1.0);
    while chosen.len() > LEAST_REFERENCES {
        let left = |of: &[&Sighting]| fit(frame, of, sheet).map_or(f32::MAX, |map| error(&map, of));
        let now = left(chosen);
        let without = |i: usize| {
            let rest: Vec<&Sighting> =
                chosen.iter().enumerate().filter(|(j, _)| *j != i).map(|(_, s)| *s).collect();
            left(&rest)
        };
        let best = (0..chosen.len()).map(|i| (i, without(i))).min_by(|a, b| a.1.total_cmp(&b.1));
        match best {
            Some((i, better)) if now > GOOD * text && better < SPOILT * now => drop(chosen.remove(i)),
            _ => return,
        }
    }
}

/// Whether a map may be a view of a sheet of paper: it keeps its corners in order, its sides alike
/// and all of it in front of the camera.
fn plausible(map: &Homography, sheet: &Quad) -> bool {
    let depths = sheet.0.map(|p| map.depth(p).abs());
    let signs = sheet.0.map(|p| map.depth(p) > 0.0);
    let (near, far) = depths.iter().fold((f64::MAX, 0.0_f64), |(n, f), d| (n.min(*d), f.max(*d)));
    let seen = sheet.map(|p| map.apply(p));
    let [a, b, c, d] = seen.0;
    let [wide, high] = [sheet.width(), sheet.height()];
    let sides = [a.distance(b) / wide, d.distance(c) / wide, a.distance(d) / high, b.distance(c) / high];
    let (least, most) = sides.iter().fold((f32::MAX, 0.0_f32), |(l, m), s| (l.min(*s), m.max(*s)));
    let turned_over = {
        let cross = (b.x - a.x) * (d.y - a.y) - (b.y - a.y) * (d.x - a.x);
        cross <= 0.0
    };
    let in_front = signs.iter().all(|s| *s == signs[0]) && far < DISTORTION * near;
    in_front && seen.is_convex() && !turned_over && f64::from(most) < DISTORTION * f64::from(least)
}

/// Root mean square distance of the references' points from where a map puts them, in page pixels.
fn error(map: &Homography, chosen: &[&Sighting]) -> f32 {
    let pairs: Vec<_> = chosen.iter().flat_map(|s| s.on_sample.pairs(&s.on_page, s.quality)).collect();
    let sum: f32 = pairs.iter().map(|(s, d, _)| map.apply(*s).distance(*d).powi(2)).sum();
    (sum / pairs.len().max(1) as f32).sqrt()
}
