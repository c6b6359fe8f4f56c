//! A part of a page with what the registry says of it: its kind, how strongly, and what speaks against.

use std::collections::BTreeMap;

use crate::{
    classify::{frame::Frame, references::outline, score::Evidence, vocabulary::Vocabulary},
    geometry::Quad,
    kind::Kind,
    structure::PageStructure,
};

/// What the label of a field that no other kind has says for a kind. Of ten drawn forms in wordings never seen nine
/// got their kind without, ten with it; at 0.35 a letter and an order confirmation among the samples got a wrong one.
const LABEL: f32 = 0.25;
/// Share of a kind's threshold that labels reach at most: they are words of other forms too.
const BY_LABELS: f32 = 0.25;

/// What the labels of a kind's fields say for it.
pub(super) fn by_labels(kind: &Kind, told: &BTreeMap<&str, f32>) -> f32 {
    let fields = told.get(kind.id.as_str()).copied().unwrap_or(0.0);
    (LABEL * fields).min(BY_LABELS * kind.identify.min_score)
}

/// What a part's texts say for a kind, in thresholds of it.
struct Score<'r> {
    kind: &'r Kind,
    ratio: f32,
    /// Leaving out what speaks against it.
    most: f32,
    /// Whether the part has more lines than a document of the kind.
    crowded: bool,
}

/// A part of a page with what the registry says of it.
#[derive(Clone)]
pub struct Part<'r> {
    /// Indexes into the page's lines.
    pub lines: Vec<usize>,
    pub frame: Frame,
    /// Its kind and how many times the kind's threshold it reaches.
    pub claim: Option<(&'r Kind, f32)>,
    /// What its kind would be if none had to have few lines: a sheet of several cards has more than one of them.
    pub(super) uncrowded: Option<(&'r Kind, f32)>,
    /// How many kinds would claim it but for texts of other kinds.
    pub(super) contested: usize,
    /// How many times the threshold of a kind its texts reach at most, whatever speaks against it.
    pub(super) most: f32,
    /// Whether the claim rests on a text that the kind names, not on the form of a number alone.
    pub(super) anchored: bool,
    /// The outline, on the page, of the form that it is, if that is marked by references.
    pub(super) form: Option<Quad>,
    /// The outline of the paper or card that it is, if that was seen.
    pub paper: Option<Quad>,
    /// Which side or page of its kind it is, where the kind tells them apart by what they print.
    pub(super) side: Option<&'r str>,
}

impl<'r> Part<'r> {
    /// Some lines with what the kinds say of them.
    pub fn of(page: &PageStructure, kinds: &[&'r Kind], labels: &Vocabulary<'r>, lines: Vec<usize>) -> Self {
        let frame = Frame::of_lines(&page.lines, &lines, page.rotation);
        let evidence = Evidence::of(page, &frame);
        let told = labels.named_in(&frame);
        let scores: Vec<Score> = kinds
            .iter()
            .map(|&kind| {
                let (score, against) = evidence.kind_score(kind);
                let (score, least) = (score + by_labels(kind, &told), kind.identify.min_score);
                let crowded = evidence.crowded(kind);
                Score { kind, ratio: (score - against) / least, most: score / least, crowded }
            })
            .collect();
        // Texts at their places on a form that was marked by hand say more than labels that many
        // forms print.
        let forms: Vec<&str> = kinds.iter().filter(|k| evidence.is_form(k)).map(|k| k.id.as_str()).collect();
        let rank = |s: &Score| (s.ratio >= 1.0 && forms.contains(&s.kind.id.as_str()), s.ratio);
        let best = |crowded: bool| {
            let best = scores.iter().filter(|s| crowded || !s.crowded).max_by(|a, b| {
                let (a, b) = (rank(a), rank(b));
                a.0.cmp(&b.0).then(a.1.total_cmp(&b.1))
            });
            best.filter(|s| s.ratio >= 1.0).map(|s| (s.kind, s.ratio))
        };
        let (claim, uncrowded) = (best(false), best(true));
        let contested = scores.iter().filter(|s| s.most >= 1.0).count();
        let most = scores.iter().map(|s| s.most).fold(0.0, f32::max);
        let anchored = claim.is_some_and(|(kind, _)| evidence.has_anchor(kind));
        let form = claim.filter(|(kind, _)| forms.contains(&kind.id.as_str()));
        let form = form.and_then(|(kind, _)| outline(&frame, kind));
        let side = claim.and_then(|(kind, _)| side_of(kind, &evidence));
        Part { lines, frame, claim, uncrowded, contested, most, anchored, form, paper: None, side }
    }

    pub fn ratio(&self) -> f32 {
        self.claim.map_or(0.0, |c| c.1)
    }

    /// Whether it shows the texts of several kinds, or more than one document of its kind has.
    pub fn mingled(&self) -> bool {
        self.contested > usize::from(self.claim.is_some())
    }
}

/// Which side or page of its kind something is, by the texts of its layouts.
fn side_of<'k>(kind: &'k Kind, evidence: &Evidence) -> Option<&'k str> {
    let key = kind.sides()?;
    let (layout, _) = evidence.best_layout(kind)?;
    let told = evidence.tells_side(kind, layout, key);
    layout.set.get(key).filter(|_| told).map(String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{kind::read_kind, ocr::TextLine};

    #[test]
    fn a_kind_of_few_lines_is_told_on_a_sheet_of_many() {
        let text = r#"
            id = "slip"
            group = "receipts"
            name = { zh = "单据", en = "Slip" }
            [identify]
            min_score = 1.0
            max_lines = 3
            anchors = [{ text = "出租车发票", weight = 2.0 }]
            [[field]]
            key = "fare"
            label = { zh = "金额", en = "Fare" }
            locate = [{ by = "label", labels = ["金额"] }]
        "#;
        let kind = read_kind("slip", text).unwrap();
        let texts = ["出租车发票", "上车", "下车", "金额"];
        let line = |(i, text): (usize, &&str)| TextLine {
            text: (*text).into(),
            quad: Quad::from_rect(0.0, 40.0 * i as f32, 100.0, 40.0 * i as f32 + 20.0),
            confidence: 1.0,
            ..TextLine::default()
        };
        let lines = texts.iter().enumerate().map(line).collect();
        let page = PageStructure { lines, ..PageStructure::default() };
        let kinds = [&kind];
        let part = |lines: Vec<usize>| Part::of(&page, &kinds, &Vocabulary::of(&kinds), lines);
        let (few, many) = (part(vec![0, 1, 2]), part(vec![0, 1, 2, 3]));
        assert!(few.claim.is_some() && few.uncrowded.is_some());
        assert!(many.claim.is_none() && many.uncrowded.is_some());
    }
}
