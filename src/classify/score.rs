//! Evidence for kinds and layouts: anchors, references, excluded texts, codes, patterns.

use crate::{
    classify::{
        fold::{find, folded},
        frame::Frame,
        references::register_form,
    },
    geometry::Quad,
    kind::{Anchor, CodeHint, Kind, Layout},
    structure::{Code, PageStructure},
};

/// Weight of a layout's title: as much as several labels, as no other form carries it.
const TITLE: f32 = 4.0;

/// Characters from which on a text is told from those of other forms even where one is misread; a Latin letter says
/// half as much as a Han character (Bill to and Bill No.). Reasoned.
const LONG: usize = 6;

/// Texts of its own from which on a side is told: the title of one is part of the other's, and single labels
/// stand on both.
const OF_A_SIDE: usize = 2;

/// How far from its text, in line heights, a document's code may be printed.
const CODE_MARGIN: f32 = 4.0;

/// What a document shows beside its frame.
pub struct Evidence<'a> {
    pub frame: &'a Frame,
    pub codes: Vec<&'a Code>,
    /// What its seals say, folded.
    pub seals: Vec<Vec<char>>,
}

/// Whether a text is told from others even where a character is misread.
fn is_long(folded: &[char]) -> bool {
    folded.iter().map(|c| if c.is_ascii() { 1 } else { 2 }).sum::<usize>() >= 2 * LONG
}

/// Best quality with which a text is printed, 0 if it is not there.
fn printed(frame: &Frame, text: &str) -> f32 {
    find(frame, text).iter().map(|m| m.quality).fold(0.0, f32::max)
}

impl<'a> Evidence<'a> {
    /// The evidence of the lines in `frame`, with the codes of the page among them.
    pub fn of(page: &'a PageStructure, frame: &'a Frame) -> Self {
        let inside = frame.bounds.expanded(CODE_MARGIN * frame.line_height());
        let among = |quad: &Quad| inside.contains(frame.point(quad.center()));
        let seals = page.seals.iter().filter(|s| among(&s.quad));
        Self {
            frame,
            codes: page.codes.iter().filter(|c| among(&c.quad)).collect(),
            seals: seals.flat_map(|s| [folded(&s.text), folded(&s.sub_text)]).collect(),
        }
    }

    /// Best quality with which a text is printed or stamped, 0 if it is not there.
    fn presence(&self, text: &str) -> f32 {
        let stamped = || {
            let wanted = folded(text);
            self.seals.iter().any(|seal| seal.windows(wanted.len().max(1)).any(|part| part == wanted))
        };
        // Most documents have no seal, and every kind asks for many texts.
        if !self.seals.is_empty() && stamped() { 1.0 } else { printed(self.frame, text) }
    }

    /// Summed weight of the texts that speak against a kind or layout. Of short ones only the very text counts:
    /// a neighbouring form's differs by a single character (付款凭证 and 汇款凭证, 订单详情 and 账单详情).
    fn against(&self, excludes: &[Anchor]) -> f32 {
        let found = excludes.iter().map(|a| (a, self.presence(&a.text)));
        let counts = |(a, presence): &(&Anchor, f32)| *presence == 1.0 || is_long(&folded(&a.text));
        found.filter(counts).map(|(a, presence)| a.weight * presence).sum()
    }

    fn anchors(&self, anchors: &[Anchor]) -> f32 {
        anchors.iter().map(|a| a.weight * self.presence(&a.text)).sum()
    }

    fn codes(&self, hints: &[CodeHint]) -> f32 {
        let seen = |h: &&CodeHint| self.codes.iter().any(|c| h.pattern.regex().is_match(&c.text));
        hints.iter().filter(seen).map(|h| h.weight).sum()
    }

    fn patterns(&self, hints: &[CodeHint]) -> f32 {
        let seen =
            |h: &&CodeHint| self.frame.lines.iter().any(|l| h.pattern.regex().is_match(&compact(&l.text())));
        hints.iter().filter(seen).map(|h| h.weight).sum()
    }

    /// References that stand together as on the sample page. Two always do: they say nothing.
    fn references(&self, layout: &Layout) -> f32 {
        let found = register_form(self.frame, layout);
        found.filter(|r| r.fit.found > 2).map_or(0.0, |r| r.score())
    }

    /// Whether the page shows a form marked by its references, where they should be.
    pub fn is_form(&self, kind: &Kind) -> bool {
        kind.has_references() && kind.layouts.iter().any(|l| self.references(l) >= kind.identify.min_score)
    }

    /// Summed weight of what speaks for a layout less what speaks against it.
    pub fn layout_score(&self, layout: &Layout) -> f32 {
        // A title differs from its sisters by two characters of eight: near misses count little.
        let title = layout.titles.iter().map(|t| printed(self.frame, t).powi(4)).fold(0.0, f32::max);
        TITLE * title
            + self.anchors(&layout.anchors)
            + self.codes(&layout.codes)
            + self.patterns(&layout.patterns)
            + self.references(layout)
            - self.against(&layout.excludes)
    }

    /// The layout that fits best, with its score.
    pub fn best_layout<'k>(&self, kind: &'k Kind) -> Option<(&'k Layout, f32)> {
        kind.layouts.iter().map(|l| (l, self.layout_score(l))).max_by(|a, b| a.1.total_cmp(&b.1))
    }

    /// Whether enough texts of a layout stand here, letter by letter, that no layout of its kind has which sets
    /// the field `key` otherwise.
    pub fn tells_side(&self, kind: &Kind, layout: &Layout, key: &str) -> bool {
        let others = || kind.layouts.iter().filter(|l| l.set.get(key) != layout.set.get(key));
        let own = |a: &&Anchor| !others().any(|l| l.anchors.iter().any(|b| b.text == a.text));
        let printed = layout.anchors.iter().filter(own).filter(|a| self.presence(&a.text) == 1.0);
        printed.count() >= OF_A_SIDE
    }

    /// A layout and those of the other sides or pages of its kind that are told here beside it.
    pub fn sides<'k>(&self, kind: &'k Kind, layout: &'k Layout) -> Vec<&'k Layout> {
        let side = |l: &'k Layout| kind.sides().and_then(|key| Some((key, l.set.get(key)?)));
        let Some((key, own)) = side(layout) else { return vec![layout] };
        let others = kind.layouts.iter().filter(|l| side(l).is_some_and(|(_, other)| other != own));
        let mut shown = vec![layout];
        shown.extend(others.filter(|l| self.tells_side(kind, l, key)));
        shown
    }

    /// Whether a text is found that the kind or its likeliest layout names.
    pub fn has_anchor(&self, kind: &Kind) -> bool {
        let layout = self.best_layout(kind).map(|(layout, _)| layout);
        let titles = layout.iter().flat_map(|l| &l.titles).any(|t| printed(self.frame, t) > 0.0);
        let anchors = layout.iter().flat_map(|l| &l.anchors).chain(&kind.identify.anchors);
        let named = anchors.filter(|a| a.weight > 0.0).any(|a| self.presence(&a.text) > 0.0);
        titles || named || layout.is_some_and(|l| self.references(l) > 0.0)
    }

    /// The most that speaks for a kind here, leaving out all that speaks against it.
    pub fn most(&self, kind: &Kind) -> f32 {
        let own = &kind.identify;
        let among = |anchors: &[Anchor], codes: &[CodeHint], patterns: &[CodeHint]| {
            let patterns: Vec<CodeHint> = patterns.iter().filter(|p| p.weight > 0.0).cloned().collect();
            self.anchors(anchors) + self.codes(codes) + self.patterns(&patterns)
        };
        let layouts = kind.layouts.iter().map(|l| {
            let title = l.titles.iter().map(|t| printed(self.frame, t).powi(4)).fold(0.0, f32::max);
            let references: f32 = l.references.iter().map(|r| printed(self.frame, &r.text)).sum();
            TITLE * title + among(&l.anchors, &l.codes, &l.patterns) + references
        });
        among(&own.anchors, &own.codes, &own.patterns) + layouts.fold(0.0, f32::max)
    }

    /// Summed weight of what speaks for a kind, and of what speaks against it.
    pub fn kind_score(&self, kind: &Kind) -> (f32, f32) {
        let own = &kind.identify;
        let layout = self.best_layout(kind).map_or(0.0, |(_, score)| score);
        let score =
            self.anchors(&own.anchors) + self.codes(&own.codes) + self.patterns(&own.patterns) + layout;
        (score, self.against(&own.excludes))
    }

    /// Whether there are more lines than a document of the kind has.
    pub fn crowded(&self, kind: &Kind) -> bool {
        kind.identify.max_lines.is_some_and(|max| self.frame.lines.len() > max)
    }
}

/// Text without spaces, full-width characters made half-width: what patterns are matched on.
pub fn compact(text: &str) -> String {
    use unicode_normalization::UnicodeNormalization;
    text.nfkc().filter(|c| !c.is_whitespace()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        ocr::TextLine,
        structure::{Seal, SealShape},
    };

    #[test]
    fn what_a_seal_says_speaks_for_a_kind() {
        let seal = Seal {
            shape: SealShape::Round,
            text: "星河银行股份有限公司".into(),
            sub_text: "电子回单专用章".into(),
            color: "red".into(),
            quad: Quad::from_rect(200.0, 0.0, 300.0, 100.0),
            own_quad: None,
            confidence: 0.9,
        };
        let line = TextLine {
            text: "金额合计".into(),
            quad: Quad::from_rect(0.0, 0.0, 300.0, 30.0),
            confidence: 1.0,
            ..TextLine::default()
        };
        let page = PageStructure { lines: vec![line], seals: vec![seal], ..PageStructure::default() };
        let frame = Frame::of_lines(&page.lines, &[0], 0);
        let evidence = Evidence::of(&page, &frame);
        assert_eq!(evidence.presence("回单专用章"), 1.0);
        assert_eq!(evidence.presence("金额合计"), 1.0);
        assert_eq!(evidence.presence("发票专用章"), 0.0);
        assert_eq!(evidence.presence(""), 0.0);
        // A seal far from the document says nothing of it.
        let far = Quad::from_rect(200.0, 900.0, 300.0, 1000.0);
        let page = PageStructure { seals: vec![Seal { quad: far, ..page.seals[0].clone() }], ..page };
        assert_eq!(Evidence::of(&page, &frame).presence("回单专用章"), 0.0);
    }
}
