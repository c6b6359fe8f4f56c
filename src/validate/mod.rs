//! Checks of a record against its kind: formats, check digits, sums, dates, codes.
//!
//! Plain functions that cannot fail; a check that lacks its values says nothing. Owns
//! [`Field::state`]: where it stands after [`validate`] depends on the record alone, so that
//! running it again changes nothing. Changes no value: it only suggests.
//!
//! [`Field::state`]: crate::extract::Field::state

mod arithmetic;
mod codes;
mod context;
mod dates;
mod form;
mod format;
mod invoice;
mod items;
mod lists;
mod mrz;
mod numbers;
mod ranges;
mod report;
pub mod signing;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use crate::{
    classify::references::FormFit,
    extract::{Entry, Field, FieldPath, Origin, Record, State},
    kind::{Kind, check::CheckSpec, value},
    structure::Code,
};
use context::Context;
use report::Report;
pub use signing::SeenPage;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    Error,
    Warning,
}

/// One thing that is doubtful or wrong in a record, in words.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Issue {
    /// Name of the algorithm, e.g. `sum_of_rows`; `format` and `required` are run on every kind,
    /// `form_fit` on those whose values stand at places.
    pub rule: String,
    pub severity: Severity,
    /// The values it is about.
    pub fields: Vec<FieldPath>,
    /// A sentence for the operator: what was found and what would be consistent.
    pub message: crate::kind::Label,
    /// A value for the first of `fields` that would satisfy the check, if exactly one is near.
    pub suggestion: Option<String>,
}

/// What the checks look at beside the record.
#[derive(Debug, Clone, Copy, Default)]
pub struct Paper<'a> {
    /// How well the document fits its form, for kinds whose values stand at places.
    pub fit: Option<&'a FormFit>,
    /// The QR codes and barcodes on it.
    pub codes: &'a [Code],
    /// Its pages in order; empty where they are not at hand, and what they show is not checked.
    pub pages: &'a [SeenPage<'a>],
}

/// Runs the kind's checks, sets each field's [`crate::extract::State`] and returns the issues. Today's
/// date is the system's.
pub fn validate(kind: &Kind, paper: Paper, record: &mut Record) -> Vec<Issue> {
    let of_form = paper.fit.and_then(form::issue);
    let of_record = validate_on(value::today(), kind, record, paper.codes);
    let of_signing = if paper.pages.is_empty() { None } else { signing::signing(kind, record, paper.pages) };
    of_form.into_iter().chain(of_record).chain(of_signing.into_iter().flat_map(|s| s.issues)).collect()
}

/// Runs the kind's checks, as [`validate`] does, on a given day.
pub fn validate_on(today: time::Date, kind: &Kind, record: &mut Record, codes: &[Code]) -> Vec<Issue> {
    let context = Context { kind, record, codes, today };
    let mut report = Report::default();
    format::check(&context, &mut report);
    for check in &kind.checks {
        run(check, &context, &mut report);
    }
    let issues = report.conclude(record);
    settle_followers(kind, record, &issues);
    issues
}

/// A value that was worked out from others, and of which no check speaks, is as sure as these: the doubt about
/// its reading is theirs.
fn settle_followers(kind: &Kind, record: &mut Record, issues: &[Issue]) {
    let settled = |record: &Record, key: &str| {
        let field = record.get(&FieldPath::Field { key: key.to_owned() });
        field.filter(|f| f.value.is_some()).map(|f| f.confirmed || f.state == State::Ok)
    };
    for spec in &kind.fields {
        let path = FieldPath::Field { key: spec.key.clone() };
        let follows = |f: &Field| f.origin == Origin::Computed && f.state == State::Doubtful;
        if !record.get(&path).is_some_and(follows) || issues.iter().any(|i| i.fields.contains(&path)) {
            continue;
        }
        let mut sources = spec.locate.iter().flat_map(|l| l.sources()).filter_map(|key| settled(record, key));
        let all_settled = sources.next().is_some_and(|first| first && sources.all(|s| s));
        if let (true, Some(Entry::One(field))) = (all_settled, record.entries.get_mut(&spec.key)) {
            field.state = State::Ok;
        }
    }
}

/// Runs one check.
fn run(check: &CheckSpec, context: &Context, report: &mut Report) {
    match check {
        CheckSpec::IdCardChecksum { .. }
        | CheckSpec::CreditCodeChecksum { .. }
        | CheckSpec::OrganisationCode { .. }
        | CheckSpec::RegistrationNumber15 { .. }
        | CheckSpec::Luhn { .. }
        | CheckSpec::VinChecksum { .. }
        | CheckSpec::ThaiId { .. }
        | CheckSpec::Nit { .. }
        | CheckSpec::Iban { .. }
        | CheckSpec::UpuS10 { .. }
        | CheckSpec::PhoneNumber { .. }
        | CheckSpec::PlateNumber { .. } => numbers::check(check, context, report),
        CheckSpec::Mrz { lines, fields } => mrz::check(check.rule(), lines, fields, context, report),
        CheckSpec::DateOrder { .. }
        | CheckSpec::BirthInIdNumber { .. }
        | CheckSpec::SexInIdNumber { .. }
        | CheckSpec::ValidityPeriod { .. }
        | CheckSpec::NotInFuture { .. }
        | CheckSpec::NotExpired { .. } => dates::check(check, context, report),
        CheckSpec::AmountInWords { .. }
        | CheckSpec::SumOfRows { .. }
        | CheckSpec::SumOfFields { .. }
        | CheckSpec::SumOfItems { .. }
        | CheckSpec::ProductOfColumns { .. }
        | CheckSpec::RateOfColumns { .. }
        | CheckSpec::RateOfFields { .. } => arithmetic::check(check, context, report),
        CheckSpec::NotLess { .. } | CheckSpec::FlagInRange { .. } => ranges::check(check, context, report),
        CheckSpec::Pattern { .. }
        | CheckSpec::OneOf { .. }
        | CheckSpec::EqualFields { .. }
        | CheckSpec::RequiredWhen { .. } => lists::check(check, context, report),
        CheckSpec::InvoiceNumberStructure { .. } => invoice::check(check, context, report),
        CheckSpec::PartEquals { .. } | CheckSpec::CodeMatchesFields { .. } => {
            codes::check(check, context, report);
        }
    }
}
