//! Documents that go on over several pages, told by their printed page numbers.

use std::collections::HashMap;

use crate::{
    classify::FoundDocument,
    extract::{DocumentView, NoSecondReading, extract},
    geometry::Quad,
    kind::{
        Kind,
        value::{PageNumber, page_number},
    },
};

use super::{Document, PageReading, TextSource};

/// The pages of a file by their numbers.
pub(super) type Pages<'a> = HashMap<usize, &'a PageReading>;

/// Whether the first page of `b` bears the number behind that of the last page of `a`, out of the
/// same count.
pub(super) fn counts_on(pages: &Pages, a: &Document, b: &Document) -> bool {
    let number = |page: Option<&usize>| number_of(pages.get(page?)?);
    number(a.pages.last()).zip(number(b.pages.first())).is_some_and(|(a, b)| {
        let next = a.number.zip(b.number).is_some_and(|(a, b)| a + 1 == b);
        next && a.of.zip(b.of).is_none_or(|(a, b)| a == b)
    })
}

/// The number that a page bears; `None` where it bears none or several, as sheets with several
/// documents do.
fn number_of(page: &PageReading) -> Option<PageNumber> {
    let mut printed =
        page.structure.lines.iter().filter_map(|l| page_number(&l.text)).filter(|n| n.number.is_some());
    let first = printed.next()?;
    printed.all(|other| other == first).then_some(first)
}

/// A page of a document that no kind claimed, read as one of `kind`; `None` unless it is one page.
pub(super) fn as_kind(kind: &Kind, pages: &Pages, part: &Document) -> Option<Document> {
    let [number] = part.pages[..] else { return None };
    let page = pages.get(&number)?;
    let found = FoundDocument {
        kind: kind.id.clone(),
        confidence: part.found.confidence,
        location: Quad::from_rect(0.0, 0.0, page.width as f32, page.height as f32),
        lines: (0..page.structure.lines.len()).collect(),
        fit: None,
    };
    let view = DocumentView { page: &page.structure, found: &found, size: (page.width, page.height) };
    let mut record = extract(&view, kind, &mut NoSecondReading);
    if page.source == TextSource::TextLayer {
        record.mark_as_text_layer();
    }
    Some(Document { found, record, issues: Vec::new(), ..part.clone() })
}
