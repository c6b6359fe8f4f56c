//! Document kinds as data: what identifies a kind, its fields in form order, its row tables and
//! checks, loaded strictly from TOML files.
//!
//! Owns the file format and the closed sets of field types and locators. Runs nothing: reading
//! values is [`crate::extract`]'s work, checking them [`crate::validate`]'s.

pub mod check;
pub mod value;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A text in the program's two languages.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Label {
    pub zh: String,
    pub en: String,
}

/// The languages of the program's own texts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lang {
    #[default]
    Zh,
    En,
}

impl Label {
    pub fn get(&self, lang: Lang) -> &str {
        match lang {
            Lang::Zh => &self.zh,
            Lang::En => &self.en,
        }
    }
}

/// One document kind: `assets/kinds/<id>.toml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kind {
    pub id: String,
    pub group: Group,
    pub name: Label,
    /// Fields in form order.
    #[serde(default, rename = "field")]
    pub fields: Vec<FieldSpec>,
    /// Row tables such as invoice items, after the single fields.
    #[serde(default, rename = "table")]
    pub tables: Vec<RowTableSpec>,
    #[serde(default, rename = "check")]
    pub checks: Vec<check::CheckSpec>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Group {
    Cards,
    Receipts,
    Documents,
}

/// One field of a kind.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FieldSpec {
    pub key: String,
    pub label: Label,
    /// Heading under which the form shows it.
    #[serde(default)]
    pub section: Option<Label>,
    #[serde(default, rename = "type")]
    pub field_type: FieldType,
    /// A usable record needs it.
    #[serde(default)]
    pub required: bool,
    /// May occur several times.
    #[serde(default)]
    pub many: bool,
}

/// What a value is; decides how it is parsed, compared, shown and exported.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldType {
    #[default]
    Text,
    /// Several lines of text.
    Multiline,
    /// A run of digits that is an identifier, never a quantity.
    Digits,
    /// Letters and digits that are an identifier.
    Identifier,
    /// `YYYY-MM-DD`.
    Date,
    /// Date and time, `YYYY-MM-DD HH:MM`.
    DateTime,
    /// Plain decimal with the printed number of places.
    Amount,
    /// Any number.
    Number,
    /// A share such as `13%`.
    Percent,
    /// A Chinese capital amount.
    AmountInWords,
    /// `男` or `女`.
    Sex,
    /// `true` or `false`.
    Flag,
}

/// A table of rows with the same columns.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RowTableSpec {
    pub key: String,
    pub label: Label,
    #[serde(rename = "column")]
    pub columns: Vec<FieldSpec>,
}

/// All kinds of this run, by id.
#[derive(Debug, Clone, Default)]
pub struct Registry {
    kinds: BTreeMap<String, Kind>,
}

impl Registry {
    pub fn get(&self, id: &str) -> Option<&Kind> {
        self.kinds.get(id)
    }

    pub fn iter(&self) -> impl Iterator<Item = &Kind> {
        self.kinds.values()
    }
}
