//! The sheet of documents that parties sign: their seals, places for seals, seals over page edges, terms,
//! and what is missing, a row a document.

use rust_xlsxwriter::{Workbook, XlsxError};

use crate::{
    export::{
        grid::{self, Group, Located},
        words::{self, Word},
    },
    kind::{Kind, Lang, value::to_iso},
    review::PageReading,
    validate::{
        SeenPage,
        signing::{AreaKind, Likeness, PartySeal, Signing, signing},
    },
};

use super::{
    Widths,
    cells::{self, Writer},
    names::SheetNames,
};

const HEADINGS: [Word; 9] = [
    words::FILE,
    words::PAGE,
    words::PARTIES,
    words::OTHER_SEALS,
    words::SEAL_PLACES,
    words::PAGING_SEAL,
    words::TOTAL,
    words::TERM,
    words::ISSUES,
];

/// Adds the sheet, if any document is of a kind that parties sign.
pub(super) fn write(
    workbook: &mut Workbook,
    groups: &[Group<'_>],
    names: &mut SheetNames,
    writer: &Writer,
) -> Result<(), XlsxError> {
    let rows: Vec<(&Located<'_>, Signing)> =
        groups.iter().filter_map(|g| Some((g, g.kind?))).flat_map(|(g, kind)| of_group(g, kind)).collect();
    if rows.is_empty() {
        return Ok(());
    }
    let name = names.take(words::SIGNING.get(writer.lang));
    let sheet = workbook.add_worksheet().set_name(name)?;
    let mut widths = Widths::default();
    for (c, heading) in HEADINGS.iter().enumerate() {
        let text = heading.get(writer.lang);
        writer.heading(sheet, cells::column(c)?, text)?;
        widths.see(c, text);
    }
    let base = writer.styles.base.clone().set_text_wrap();
    for (r, (located, found)) in rows.iter().enumerate() {
        let row = cells::row(r + 1)?;
        writer.file(sheet, row, 0, &located.reading.path)?;
        widths.see(0, &cells::file_name(&located.reading.path));
        let pages = grid::page_numbers(located.document);
        for (c, text) in std::iter::once(pages).chain(texts(found, writer.lang)).enumerate() {
            writer.text(sheet, row, cells::column(c + 1)?, &text, &base)?;
            widths.see(c + 1, &text);
        }
    }
    widths.set(sheet)?;
    super::finish(sheet, rows.len(), HEADINGS.len())
}

fn of_group<'g, 'a>(group: &'g Group<'a>, kind: &Kind) -> Vec<(&'g Located<'a>, Signing)> {
    let one = |located: &'g Located<'a>| {
        let own = |p: &&PageReading| located.document.pages.contains(&p.page);
        let pages: Vec<SeenPage> = located.reading.pages.iter().filter(own).map(PageReading::seen).collect();
        Some((located, signing(kind, &located.document.record, &pages)?))
    };
    group.documents.iter().filter_map(one).collect()
}

/// The cells behind file and pages, several entries a cell on lines of their own.
fn texts(found: &Signing, lang: Lang) -> [String; 7] {
    let no_seal = words::NO_SEAL.get(lang);
    let parties = found.parties.iter().map(|party| {
        let seals: Vec<String> =
            party.seals.iter().filter_map(|i| found.seals.get(*i)).map(|s| seal(s, lang)).collect();
        let seals = if seals.is_empty() && !party.is_person { no_seal.to_owned() } else { seals.join("; ") };
        format!("{} {}: {seals}", party.label.get(lang), party.name)
    });
    let others = found.seals.iter().filter(|s| s.party.is_none()).map(|s| seal(s, lang));
    let places = found.areas.iter().filter(|a| a.kind == AreaKind::Seal).map(|a| {
        let state = if a.seals.is_empty() { no_seal } else { "✓" };
        format!("{} {state}", a.label)
    });
    let paging = found.paging.iter().map(|seal| {
        let on: Vec<String> = seal.parts.iter().map(|(_, p)| p.page.to_string()).collect();
        let on = format!("{} {}", words::PAGE.get(lang), on.join(", "));
        let not: Vec<String> = seal.missing.iter().map(usize::to_string).collect();
        if not.is_empty() { on } else { format!("{on}; {no_seal} {}", not.join(", ")) }
    });
    let amounts = found.amounts.iter().filter(|a| a.is_total).map(|a| {
        [a.figure.as_deref(), a.words.as_deref()].into_iter().flatten().collect::<Vec<_>>().join("  ")
    });
    let terms = found.terms.iter().map(|t| format!("{} – {}", to_iso(t.from), to_iso(t.to)));
    let issues = found.issues.iter().map(|i| i.message.get(lang).to_owned());
    let lines = |texts: &mut dyn Iterator<Item = String>| texts.collect::<Vec<_>>().join("\n");
    [
        lines(&mut { parties }),
        lines(&mut { others }),
        lines(&mut { places }),
        lines(&mut { paging }),
        lines(&mut { amounts }),
        lines(&mut { terms }),
        lines(&mut { issues }),
    ]
}

/// A seal's text with its page; a question mark where it is not surely the party's.
fn seal(seal: &PartySeal, lang: Lang) -> String {
    let doubt = if matches!(seal.party, Some((_, Likeness::Doubtful))) { " ?" } else { "" };
    let texts = [seal.text.as_str(), seal.sub_text.as_str()].into_iter().filter(|t| !t.is_empty());
    let text = texts.collect::<Vec<_>>().join(" ");
    format!("{text}{doubt} ({} {})", words::PAGE.get(lang), seal.place.page)
}
