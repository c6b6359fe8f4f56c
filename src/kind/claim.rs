//! What a kind says of reimbursement: what it costs, whom and when it paid, which tax of it can be
//! deducted, and which of its values tell it from another document of the kind.

use serde::Deserialize;

use super::{Kind, Label, Pattern};

/// How documents of a kind are claimed. Keys name fields of the kind; of several, the first that
/// has a value counts, unless said otherwise.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClaimSpec {
    /// The type of cost, such as transport; a person may choose another one.
    pub cost: Label,
    /// The document's number, and further ones that must not differ where both documents have them.
    #[serde(default)]
    pub number: Vec<String>,
    /// Values that together tell the document where its number was not read.
    #[serde(default)]
    pub same: Vec<String>,
    #[serde(default)]
    pub date: Vec<String>,
    #[serde(default)]
    pub amount: Vec<String>,
    /// Who was paid.
    #[serde(default)]
    pub payee: Vec<String>,
    /// Whose cost it is, where the document says so.
    #[serde(default)]
    pub person: Vec<String>,
    /// What for: all that have a value, in order; a column of a table as `table.column`.
    #[serde(default)]
    pub purpose: Vec<String>,
    /// The tax that can be deducted: the first rule whose condition holds and whose values are there.
    #[serde(default, rename = "deduct")]
    pub deductions: Vec<Deduction>,
}

/// One rule for input tax.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deduction {
    #[serde(default)]
    pub when: Option<Condition>,
    /// The field with the printed tax.
    #[serde(default)]
    pub tax: Option<String>,
    /// Amounts that hold the tax, all that have a value.
    #[serde(default)]
    pub of: Vec<String>,
    /// The rate in percent by which they hold it: tax = sum ÷ (100 + rate) × rate.
    #[serde(default)]
    pub rate: Option<u32>,
}

/// A value that must look so.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Condition {
    /// A field, or a column as `table.column` of which one row suffices.
    pub field: String,
    pub is: Pattern,
}

impl ClaimSpec {
    /// Every key that it names, fields and columns.
    pub(super) fn keys(&self) -> impl Iterator<Item = &String> {
        let rules = self.deductions.iter();
        let of_rules = rules.flat_map(|d| d.tax.iter().chain(&d.of).chain(d.when.as_ref().map(|c| &c.field)));
        [&self.number, &self.same, &self.date, &self.amount, &self.payee, &self.person, &self.purpose]
            .into_iter()
            .flatten()
            .chain(of_rules)
    }
}

/// Whether a key names a field of the kind, or a column of one of its tables.
pub(super) fn is_known(kind: &Kind, key: &str) -> bool {
    match key.split_once('.') {
        None => kind.field(key).is_some(),
        Some((table, column)) => kind.table(table).is_some_and(|t| t.column(column).is_some()),
    }
}
