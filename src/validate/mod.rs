//! Checks of a record against its kind: formats, check digits, sums, dates, codes.
//!
//! Plain functions that cannot fail; a check that lacks its values says nothing.

use serde::{Deserialize, Serialize};

use crate::{
    extract::{FieldPath, Record},
    kind::Kind,
    structure::Code,
};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    Error,
    Warning,
}

/// One thing that is doubtful or wrong in a record, in words.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Issue {
    /// Name of the algorithm, e.g. `sum_of_rows`.
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
pub fn validate(_kind: &Kind, _record: &mut Record, _codes: &[Code]) -> Vec<Issue> {
    Vec::new()
}
