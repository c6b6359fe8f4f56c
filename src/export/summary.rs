//! One row per document over all kinds, and sums by kind.

use std::path::Path;

use crate::{
    extract::Record,
    kind::{FieldSpec, FieldType, Kind, Lang, check::CheckSpec},
    review::FileReading,
    validate::Severity,
};

use super::{
    claim,
    grid::{self, Group, Located},
    words,
};

/// How many facts tell a document at a glance.
const FACTS: usize = 4;

/// One document, or a file that could not be read.
#[derive(Debug)]
pub(super) struct Line<'a> {
    pub path: &'a Path,
    pub pages: String,
    pub kind: String,
    pub state: String,
    /// `label: value` of the fields that tell it best.
    pub facts: String,
    /// Its total as written in the record.
    pub total: Option<String>,
    pub errors: usize,
    pub warnings: usize,
    pub doubtful: usize,
    /// Its row: grid and index.
    pub row: Option<(usize, usize)>,
    /// Number over the whole export; `None` for a file that could not be read.
    pub number: Option<usize>,
}

/// All documents in the order of the export, then the files that could not be read.
pub(super) fn lines<'a>(readings: &'a [FileReading], groups: &[Group<'a>], lang: Lang) -> Vec<Line<'a>> {
    let mut lines: Vec<Line<'a>> = groups
        .iter()
        .flat_map(|g| g.documents.iter().enumerate().map(move |(row, d)| line(g, row, d, lang)))
        .collect();
    lines.sort_by_key(|l| l.number);
    lines.extend(readings.iter().filter_map(|r| {
        let error = r.error.as_ref()?;
        Some(Line {
            path: &r.path,
            pages: String::new(),
            kind: String::new(),
            state: words::UNREAD.get(lang).to_owned(),
            facts: error.clone(),
            total: None,
            errors: 1,
            warnings: 0,
            doubtful: 0,
            row: None,
            number: None,
        })
    }));
    lines
}

fn line<'a>(group: &Group<'a>, row: usize, d: &Located<'a>, lang: Lang) -> Line<'a> {
    let count = |severity| d.document.issues.iter().filter(|i| i.severity == severity).count();
    let record = &d.document.record;
    let has_value = |f: &FieldSpec| record.value(&f.key).is_some_and(|v| !v.is_empty());
    let total = group.kind.and_then(|kind| total_among(kind, has_value).or_else(|| total_field(kind)));
    Line {
        path: &d.reading.path,
        pages: grid::page_numbers(d.document),
        kind: group.name.clone(),
        state: words::state(d.document.state, lang).to_owned(),
        facts: facts(group, d, total, lang),
        total: group.kind.and_then(|kind| total_of(kind, record)),
        errors: count(Severity::Error),
        warnings: count(Severity::Warning),
        doubtful: d.document.record.iter().filter(|(_, f)| f.is_in_doubt()).count(),
        row: Some((group.grid, row)),
        number: Some(d.number),
    }
}

/// The values of the first required fields, or of the first that have one; for an open document
/// the first lines of its text.
fn facts(group: &Group<'_>, d: &Located<'_>, total: Option<&FieldSpec>, lang: Lang) -> String {
    let specs = group.kind.map_or(&[][..], |k| &k.fields);
    let told = |required: bool| {
        let fits = move |s: &&FieldSpec| {
            (s.required || !required)
                && s.field_type != FieldType::Multiline
                && total.is_none_or(|t| t.key != s.key)
        };
        let fact = |s: &FieldSpec| {
            let value = d.document.record.value(&s.key).filter(|v| !v.is_empty())?;
            Some(format!("{}: {value}", s.label.get(lang)))
        };
        specs.iter().filter(fits).filter_map(fact).take(FACTS).collect::<Vec<_>>()
    };
    let mut facts = told(true);
    if facts.is_empty() {
        facts = told(false);
    }
    if facts.is_empty() {
        facts = grid::text_of(d).lines().take(FACTS).map(str::to_owned).collect();
    }
    facts.join("  ")
}

/// The amount that a document of the kind is about: the one that it also writes in words, else
/// what its parts or rows sum to, else its only required amount, else its only amount.
pub(super) fn total_field(kind: &Kind) -> Option<&FieldSpec> {
    total_among(kind, |_| true)
}

/// The value that a document of the kind is about, as its record has it; of a kind that declares no amount
/// what is claimed for it, in figures; `None` where it has none.
pub fn total_of(kind: &Kind, record: &Record) -> Option<String> {
    let has_value = |f: &FieldSpec| record.value(&f.key).is_some_and(|v| !v.is_empty());
    match total_among(kind, has_value).or_else(|| total_field(kind)) {
        Some(field) => record.value(&field.key).map(str::to_owned),
        None => {
            let mut claimed = kind.claim.iter().flat_map(|c| &c.amount);
            claimed.find_map(|key| claim::amount(record, key)).map(|a| format!("{a:.2}"))
        }
    }
}

/// [`total_field`] of those amounts that `counts` lets pass: a ticket and its refund slip are of one kind and
/// have different totals.
fn total_among(kind: &Kind, counts: impl Fn(&FieldSpec) -> bool) -> Option<&FieldSpec> {
    let counts = |f: &FieldSpec| f.field_type == FieldType::Amount && !f.many && counts(f);
    let amount = |key: &str| kind.fields.iter().find(|f| f.key == key && counts(f));
    let checked = |pick: fn(&CheckSpec) -> Option<&str>| kind.checks.iter().filter_map(pick).find_map(amount);
    let only = |required: bool| {
        let mut amounts = kind.fields.iter().filter(|f| counts(f) && (f.required || !required));
        amounts.next().filter(|_| amounts.next().is_none())
    };
    checked(in_words).or_else(|| checked(sum)).or_else(|| only(true)).or_else(|| only(false))
}

fn in_words(check: &CheckSpec) -> Option<&str> {
    match check {
        CheckSpec::AmountInWords { figure, .. } => Some(figure),
        _ => None,
    }
}

fn sum(check: &CheckSpec) -> Option<&str> {
    match check {
        CheckSpec::SumOfFields { total, .. } | CheckSpec::SumOfRows { total, .. } => Some(total),
        _ => None,
    }
}
