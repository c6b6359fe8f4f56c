//! What a kind says of its signing: who the parties are, how the places for seals and signatures are
//! labelled, and which values stand in the middle of it.

use serde::Deserialize;

use super::{Kind, Pattern, claim::is_known};

/// How documents of a kind are signed and sealed. Texts are compared in half-width form without
/// spaces; keys name fields of the kind, of several the first that has a value counts.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SigningSpec {
    #[serde(rename = "party")]
    pub parties: Vec<PartySpec>,
    /// The amount in figures.
    #[serde(default)]
    pub amount: Vec<String>,
    /// The same amount in words.
    #[serde(default)]
    pub words: Vec<String>,
    /// When it was signed.
    #[serde(default)]
    pub date: Vec<String>,
    /// What stands behind a party's role where its seal belongs: 盖章, 签章.
    pub seal_marks: Vec<String>,
    /// What stands before or behind the place of a signature: 法定代表人, 签字.
    #[serde(default)]
    pub signature_labels: Vec<String>,
    /// What stands before a date of signing.
    #[serde(default)]
    pub date_labels: Vec<String>,
    /// The term in running text: the first group is its beginning, the second its end.
    #[serde(default)]
    pub terms: Vec<Pattern>,
    /// Names of organisations end so; other parties are persons, who sign and need no seal.
    #[serde(default)]
    pub organisation: Option<Pattern>,
}

/// One side of the agreement.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PartySpec {
    /// The field with its name; absent for parties that are only named where they sign.
    #[serde(default)]
    pub field: Option<String>,
    /// What it is called on the document: 甲方, 买方.
    pub roles: Vec<String>,
}

impl SigningSpec {
    /// A key that it names and the kind does not have.
    pub(super) fn unknown_key<'a>(&'a self, kind: &Kind) -> Option<&'a String> {
        let of_parties = self.parties.iter().filter_map(|p| p.field.as_ref());
        let mut keys = of_parties.chain([&self.amount, &self.words, &self.date].into_iter().flatten());
        keys.find(|key| !is_known(kind, key))
    }
}
