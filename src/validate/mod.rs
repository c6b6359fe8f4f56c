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
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use crate::{
    classify::references::FormFit,
    extract::{FieldPath, Record},
    kind::{Kind, check::CheckSpec, value},
    structure::Code,
};
use context::Context;
use report::Report;

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

/// Runs the kind's checks, sets each field's [`crate::extract::State`] and returns the issues.
///
/// `fit` is how well the document fits its form, for kinds whose values stand at places; `codes` are
/// the QR codes and barcodes on it. Today's date is the system's.
pub fn validate(kind: &Kind, fit: Option<&FormFit>, record: &mut Record, codes: &[Code]) -> Vec<Issue> {
    let of_form = fit.and_then(form::issue);
    of_form.into_iter().chain(validate_on(value::today(), kind, record, codes)).collect()
}

/// Runs the kind's checks, as [`validate`] does, on a given day.
pub fn validate_on(today: time::Date, kind: &Kind, record: &mut Record, codes: &[Code]) -> Vec<Issue> {
    let context = Context { kind, record, codes, today };
    let mut report = Report::default();
    format::check(&context, &mut report);
    for check in &kind.checks {
        run(check, &context, &mut report);
    }
    report.conclude(record)
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
