//! The reimbursement claim: what was spent on what, by whom, which tax of it can be deducted. As an
//! Excel workbook with formulas and as a printable PDF with the pictures of the documents.
//!
//! What a document costs and which tax it holds is declared by its kind (see
//! [`crate::kind::ClaimSpec`]); documents of kinds that declare nothing are not claimed.

mod print;
mod sheet;

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    path::{Path, PathBuf},
    sync::Arc,
};

use rust_decimal::{Decimal, RoundingStrategy};

use crate::{
    extract::Record,
    geometry::Rect,
    ingest::OpenOptions,
    kind::{ClaimSpec, Condition, Deduction, Lang, value},
    review::{DocumentId, FileEntry, PageReading, ReviewDocument, Session},
};

use super::{ExportError, Selection, write_atomic};

/// So many different values of a column are told; more would not fit a line of the sheet.
const TOLD_VALUES: usize = 3;

/// What the claimant says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Head {
    pub person: String,
    pub department: String,
    pub purpose: String,
    /// `YYYY-MM-DD`.
    pub date: String,
}

/// One document of the claim.
#[derive(Debug, Clone)]
pub struct Line {
    pub document: DocumentId,
    pub path: PathBuf,
    /// For encrypted files.
    pub password: Option<String>,
    /// Its pages; the first holds `part`.
    pub pages: Vec<Arc<PageReading>>,
    /// Where it lies on its first page, in pixels, where other documents lie there too.
    pub part: Option<Rect>,
    pub kind: String,
    pub cost: String,
    pub date: String,
    pub payee: String,
    pub person: String,
    pub purpose: String,
    pub number: String,
    /// `None` where the document's amount was not read.
    pub amount: Option<Decimal>,
    /// Input tax that can be deducted.
    pub deductible: Option<Decimal>,
    /// The name of the field that must be filled in before any tax can be deducted.
    pub deduction_needs: Option<String>,
    /// The name of another file with probably the same document.
    pub repeats: Option<String>,
    /// Such a document stands in the claim already.
    pub again: bool,
}

/// A sum over lines that share something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sum {
    pub name: String,
    pub documents: usize,
    pub amount: Decimal,
    pub deductible: Decimal,
}

/// A whole claim.
#[derive(Debug, Clone)]
pub struct Claim {
    pub head: Head,
    /// In queue order: also the order of the attachments.
    pub lines: Vec<Line>,
    /// Chosen documents whose kind cannot be claimed.
    pub left_out: usize,
    pub lang: Lang,
}

impl Claim {
    /// The claim of the chosen documents; `costs` are types of cost that a person has given.
    pub fn collect(
        session: &Session,
        selection: &Selection,
        head: Head,
        costs: &HashMap<DocumentId, String>,
        lang: Lang,
    ) -> Self {
        let duplicates = session.duplicates();
        let (mut lines, mut left_out) = (Vec::new(), 0);
        for file in session.files() {
            for d in file.documents.iter().filter(|d| selection.includes(d)) {
                let kind = session.registry().get(&d.document.found.kind);
                let Some((kind, spec)) = kind.and_then(|k| Some((k, k.claim.as_ref()?))) else {
                    left_out += 1;
                    continue;
                };
                let mut line = line(file, d, spec, lang);
                line.kind = kind.name.get(lang).to_owned();
                let record = &d.document.record;
                let needed = || spec.deductions.iter().find_map(|rule| unknown_condition(record, rule));
                let needed = if line.deductible.is_none() { needed() } else { None };
                line.deduction_needs =
                    needed.and_then(|key| kind.field(key)).map(|f| f.label.get(lang).to_owned());
                if let Some(cost) = costs.get(&d.id).filter(|c| !c.trim().is_empty()) {
                    line.cost = cost.trim().to_owned();
                }
                if line.person.is_empty() {
                    line.person.clone_from(&head.person);
                }
                let twin = duplicates.get(&d.id).map(|twin| twin.other);
                line.repeats = twin.and_then(|id| session.file_of(id)).map(|f| file_name(&f.path));
                line.again = lines.iter().any(|l: &Line| {
                    let back = duplicates.get(&l.document).map(|twin| twin.other);
                    Some(l.document) == twin || back == Some(d.id) || (twin.is_some() && back == twin)
                });
                lines.push(line);
            }
        }
        Self { head, lines, left_out, lang }
    }

    /// The claim without some of its documents, e.g. those that it holds twice.
    pub fn without(&self, documents: &HashSet<DocumentId>) -> Self {
        let lines = self.lines.iter().filter(|l| !documents.contains(&l.document)).cloned().collect();
        Self { head: self.head.clone(), lines, ..*self }
    }

    /// The sum of all amounts.
    pub fn total(&self) -> Decimal {
        self.lines.iter().filter_map(|l| l.amount).sum()
    }

    /// The sum of the tax that can be deducted.
    pub fn deductible(&self) -> Decimal {
        self.lines.iter().filter_map(|l| l.deductible).sum()
    }

    /// The total in Chinese capital characters; empty where it is too large to be written so.
    pub fn total_in_words(&self) -> String {
        value::amount_to_words(self.total()).unwrap_or_default()
    }

    /// Sums by type of cost, by name.
    pub fn by_cost(&self) -> Vec<Sum> {
        self.sums(|l| &l.cost)
    }

    /// Sums by person, by name.
    pub fn by_person(&self) -> Vec<Sum> {
        self.sums(|l| &l.person)
    }

    fn sums(&self, name: impl Fn(&Line) -> &String) -> Vec<Sum> {
        let mut sums: BTreeMap<&String, Sum> = BTreeMap::new();
        for line in &self.lines {
            let zero = || Sum {
                name: name(line).clone(),
                documents: 0,
                amount: Decimal::ZERO,
                deductible: Decimal::ZERO,
            };
            let sum = sums.entry(name(line)).or_insert_with(zero);
            sum.documents += 1;
            sum.amount += line.amount.unwrap_or_default();
            sum.deductible += line.deductible.unwrap_or_default();
        }
        sums.into_values().collect()
    }

    /// Writes the workbook to `path`, under a temporary name first.
    pub fn write_workbook(&self, path: &Path) -> Result<(), ExportError> {
        if self.lines.is_empty() {
            return Err(ExportError::Nothing);
        }
        let bytes = sheet::build(self)
            .map_err(|e| ExportError::Workbook { path: path.to_owned(), message: e.to_string() })?;
        write_atomic(path, &bytes)
    }

    /// Writes the sheet and the pictures of the documents as PDF to `path`, under a temporary name
    /// first. `pdfium` is the PDF library, for documents that lie in PDF files.
    pub fn write_pdf(&self, path: &Path, pdfium: Option<PathBuf>) -> Result<(), ExportError> {
        if self.lines.is_empty() {
            return Err(ExportError::Nothing);
        }
        let options = |line: &Line| OpenOptions {
            password: line.password.clone(),
            pdfium_library: pdfium.clone(),
            ..OpenOptions::default()
        };
        write_atomic(path, &print::build(self, options)?)
    }
}

fn line(file: &FileEntry, d: &ReviewDocument, spec: &ClaimSpec, lang: Lang) -> Line {
    let record = &d.document.record;
    let first = |keys: &[String]| keys.iter().find_map(|key| told(record, key)).unwrap_or_default();
    let purpose: Vec<String> = spec.purpose.iter().filter_map(|key| told(record, key)).collect();
    let page = d.document.pages.first();
    let alone = file.documents.iter().filter(|other| other.document.pages.first() == page).count() < 2;
    Line {
        document: d.id,
        path: file.path.clone(),
        password: file.password.clone(),
        pages: d.document.pages.iter().filter_map(|p| file.page(*p)).cloned().collect(),
        part: (!alone).then(|| d.document.found.location.bounds()),
        kind: String::new(),
        cost: spec.cost.get(lang).to_owned(),
        date: spec.date.iter().find_map(|key| day(record.value(key)?)).unwrap_or_default(),
        payee: first(&spec.payee),
        person: first(&spec.person),
        purpose: purpose.join(" – "),
        number: spec.number.iter().find_map(|key| told(record, key)).unwrap_or_default(),
        amount: spec.amount.iter().find_map(|key| amount(record, key)),
        deductible: spec.deductions.iter().find_map(|rule| deduction(record, rule)),
        deduction_needs: None,
        repeats: None,
        again: false,
    }
}

/// Every value under a key: one of a field, those of all rows of a column.
fn values<'a>(record: &'a Record, key: &'a str) -> Vec<&'a str> {
    match key.split_once('.') {
        None => record.value(key).into_iter().collect(),
        Some((table, column)) => {
            record.rows(table).iter().filter_map(|row| row.get(column)?.value.as_deref()).collect()
        }
    }
}

/// The values under a key in one text, each once; `None` if there is none.
fn told(record: &Record, key: &str) -> Option<String> {
    let mut different: Vec<&str> = Vec::new();
    for value in values(record, key).into_iter().filter(|v| !v.is_empty()) {
        if !different.contains(&value) {
            different.push(value);
        }
    }
    let more = if different.len() > TOLD_VALUES { "…" } else { "" };
    different.truncate(TOLD_VALUES);
    (!different.is_empty()).then(|| different.join("、") + more)
}

/// The day of a date, or of a date and time, however it is written.
fn day(text: &str) -> Option<String> {
    value::parse_iso(text)
        .or_else(|| value::parse_date_time(text).map(|(date, _)| date))
        .or_else(|| value::parse_date(text))
        .map(value::to_iso)
}

/// An amount in figures, or in words alone as fixed-amount receipts have it.
pub(super) fn amount(record: &Record, key: &str) -> Option<Decimal> {
    record.value(key).and_then(|v| value::decimal(v).or_else(|| value::words_to_amount(v)))
}

/// Whether a value under the condition's key looks as it asks.
pub(super) fn holds(record: &Record, condition: &Condition) -> bool {
    values(record, &condition.field).iter().any(|v| condition.is.regex().is_match(v))
}

/// The tax that a rule finds; `None` if it does not apply or its values were not read.
fn deduction(record: &Record, rule: &Deduction) -> Option<Decimal> {
    if rule.when.as_ref().is_some_and(|condition| !holds(record, condition)) {
        return None;
    }
    tax_by(record, rule)
}

/// The key of the condition's field that has no value, where that is all that keeps a rule from applying.
fn unknown_condition<'a>(record: &Record, rule: &'a Deduction) -> Option<&'a str> {
    let key = rule.when.as_ref()?.field.as_str();
    let unknown = values(record, key).iter().all(|v| v.is_empty());
    (unknown && tax_by(record, rule).is_some()).then_some(key)
}

/// The tax that a rule finds, its condition left aside.
fn tax_by(record: &Record, rule: &Deduction) -> Option<Decimal> {
    if let Some(tax) = &rule.tax {
        return amount(record, tax);
    }
    let parts: Vec<Decimal> = rule.of.iter().filter_map(|key| amount(record, key)).collect();
    let rate = Decimal::from(rule.rate?);
    let sum: Decimal = (!parts.is_empty()).then(|| parts.iter().sum())?;
    let tax = sum.checked_mul(rate)?.checked_div(Decimal::ONE_HUNDRED + rate)?;
    Some(tax.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero))
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// A word of the sheet.
fn word(lang: Lang, zh: &'static str, en: &'static str) -> &'static str {
    match lang {
        Lang::Zh => zh,
        Lang::En => en,
    }
}
