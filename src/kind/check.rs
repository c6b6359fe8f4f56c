//! The checks that a kind file may ask for: a closed set, named for algorithms.

use serde::Deserialize;

/// One check with the keys it works on, as written in a kind file. Run by [`crate::validate`].
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(tag = "rule", rename_all = "snake_case", deny_unknown_fields)]
pub enum CheckSpec {
    /// GB 11643 check digit and calendar date of an 18-digit identity number.
    IdCardChecksum { field: String },
    /// The column's sum over all rows equals the total.
    SumOfRows { table: String, column: String, total: String },
}
