//! Amounts, terms and page counts in the words of the document.

use std::sync::LazyLock;

use regex::Regex;

use crate::{
    extract::{FieldPath, Record},
    kind::{
        SigningSpec,
        value::{self, page_number},
    },
};

use super::{Amount, PageCount, Place, SeenPage, Term};

/// The document's amount, and amounts of its clauses that are printed in figures and words.
pub(super) fn amounts(spec: &SigningSpec, record: &Record, pages: &[SeenPage]) -> Vec<Amount> {
    let numbers: Vec<usize> = pages.iter().map(|p| p.page).collect();
    let first = |keys: &[String]| {
        keys.iter().find_map(|key| {
            let field = record.get(&FieldPath::Field { key: key.clone() })?;
            Some((field, field.value.clone()?))
        })
    };
    let (figure, words) = (first(&spec.amount), first(&spec.words));
    let place = [&figure, &words]
        .into_iter()
        .flatten()
        .find_map(|(field, _)| Some(Place { page: field.page_among(&numbers)?, quad: field.quad? }));
    let total = Amount {
        figure: figure.map(|(_, value)| value),
        words: words.map(|(_, value)| value),
        place,
        is_total: true,
    };
    let mut found: Vec<Amount> = Vec::new();
    if total.figure.is_some() || total.words.is_some() {
        found.push(total);
    }
    for page in pages {
        for line in &page.structure.lines {
            let Some((figure, words)) = pair(&line.text) else { continue };
            let place = Place { page: page.page, quad: line.quad };
            let amount =
                Amount { figure: Some(figure), words: Some(words), place: Some(place), is_total: false };
            let value = |a: &Amount| a.figure.as_deref().and_then(value::decimal);
            // The document's own amount is not repeated for the clause that states it.
            let repeats = amount.agrees() == Some(true) && found.iter().any(|a| value(a) == value(&amount));
            if !repeats {
                found.push(amount);
            }
        }
    }
    found
}

/// Figures and words of one amount in a line, in either order: "人民币12,000.00元（大写：壹万贰仟元整）".
/// `None` where there are several of either.
fn pair(line: &str) -> Option<(String, String)> {
    static FIGURES: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r"(?:[¥$]|人民币|RMB|小写\)?:?)(\d[\d,]*(?:\.\d{1,2})?)|(\d[\d,]*(?:\.\d{1,2})?)元").ok()
    });
    static WORDS: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new("[零壹贰叁肆伍陆柒捌玖拾佰仟万亿]{1,30}[圆元](?:[零壹贰叁肆伍陆柒捌玖拾]{1,2}角)?(?:[零壹贰叁肆伍陆柒捌玖]分)?[整正]?").ok()
    });
    let text: String = value::ascii_form(line).chars().filter(|c| !c.is_whitespace()).collect();
    let words: Vec<&str> = WORDS.as_ref()?.find_iter(&text).map(|m| m.as_str()).collect();
    let figures: Vec<&str> = FIGURES
        .as_ref()?
        .captures_iter(&text)
        .filter_map(|c| c.get(1).or_else(|| c.get(2)))
        .map(|m| m.as_str())
        .collect();
    match (figures.as_slice(), words.as_slice()) {
        ([figure], [words]) => Some((value::decimal(figure)?.to_string(), (*words).to_owned())),
        _ => None,
    }
}

/// The terms that the text names. A sentence may go on in the next line.
pub(super) fn terms(spec: &SigningSpec, pages: &[SeenPage]) -> Vec<Term> {
    let mut found: Vec<Term> = Vec::new();
    let compact =
        |text: &str| -> String { value::ascii_form(text).chars().filter(|c| !c.is_whitespace()).collect() };
    for page in pages {
        let lines = &page.structure.lines;
        for (i, line) in lines.iter().enumerate() {
            let own = compact(&line.text);
            let next = lines.get(i + 1).map(|l| compact(&l.text)).unwrap_or_default();
            let joined = format!("{own}{next}");
            for pattern in &spec.terms {
                let Some(parts) = pattern.regex().captures(&joined) else { continue };
                // One that begins in the next line is found there.
                let begins_here = parts.get(0).is_some_and(|m| m.start() < own.len());
                let date = |n: usize| parts.get(n).and_then(|m| value::parse_date(m.as_str()));
                let Some((from, to)) = date(1).zip(date(2)).filter(|_| begins_here) else { continue };
                if !found.iter().any(|t| (t.from, t.to) == (from, to)) {
                    found.push(Term { from, to, place: Place { page: page.page, quad: line.quad } });
                }
            }
        }
    }
    found
}

/// What the pages say of their number; `None` where none says it.
pub(super) fn page_count(pages: &[SeenPage]) -> Option<PageCount> {
    let printed: Vec<value::PageNumber> =
        pages.iter().flat_map(|p| p.structure.lines.iter().filter_map(|l| page_number(&l.text))).collect();
    let stated = printed.iter().filter_map(|p| p.of).max()?;
    let numbers: Vec<usize> = printed.iter().filter_map(|p| p.number).collect();
    // Where each page bears its number, those that lack can be named.
    let missing = if numbers.len() >= pages.len() {
        (1..=stated).filter(|n| !numbers.contains(n)).collect()
    } else {
        Vec::new()
    };
    Some(PageCount { stated, missing, present: pages.len() })
}
