//! What a public service asks for before it tells whether a document is genuine: which values, in which
//! order, by the form of the document.

use serde::Deserialize;

use super::{Condition, Kind, claim::is_known};

/// The values that the service asks for about one form; of several such tables of a kind, the first whose
/// condition holds counts.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VerificationSpec {
    #[serde(default)]
    pub when: Option<Condition>,
    /// In the order of the service's own form.
    pub values: Vec<AskedValue>,
}

/// One value that is asked for.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AskedValue {
    /// A single field of the kind.
    pub field: String,
    /// Only so many of its last characters; absent: all.
    #[serde(default)]
    pub last: Option<usize>,
}

impl VerificationSpec {
    /// A key that it names and the kind does not have.
    pub(super) fn unknown_key<'a>(&'a self, kind: &Kind) -> Option<&'a String> {
        let condition = self.when.iter().map(|c| &c.field).find(|key| !is_known(kind, key));
        let mut fields = self.values.iter().map(|v| &v.field);
        condition.or_else(|| fields.find(|key| kind.field(key).is_none()))
    }
}
