//! A form of the user's own, as it is marked on a sample page: references, places, tables, checks.
//!
//! The part of the kind format that can be edited by marking; everything that it writes is a kind file
//! like any other, and what it cannot hold it refuses to read, so that nothing gets lost by editing.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{FieldType, Group, Kind, KindError, Label, PlaceContent, Reference, check::CheckSpec, read_kind};
use crate::geometry::Quad;

/// A form with one layout, all of whose values stand at places.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Template {
    pub id: String,
    pub group: Group,
    pub name: Label,
    #[serde(with = "one")]
    pub layout: TemplateLayout,
    #[serde(default, rename = "field", skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<TemplateField>,
    #[serde(default, rename = "table", skip_serializing_if = "Vec::is_empty")]
    pub tables: Vec<TemplateTable>,
    #[serde(default, rename = "check", skip_serializing_if = "Vec::is_empty")]
    pub checks: Vec<CheckSpec>,
}

/// The sample page with its fixed texts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TemplateLayout {
    pub id: String,
    /// Width and height of the sample page in pixels.
    pub page: [f32; 2],
    #[serde(default)]
    pub references: Vec<Reference>,
}

impl Default for TemplateLayout {
    fn default() -> Self {
        Self { id: "form".to_owned(), page: [0.0, 0.0], references: Vec::new() }
    }
}

/// A value at a place.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TemplateField {
    pub key: String,
    pub label: Label,
    #[serde(default, rename = "type")]
    pub field_type: FieldType,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub required: bool,
    #[serde(rename = "locate", with = "one")]
    pub place: TemplatePlace,
}

/// Where a value stands, and what of it is read.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(from = "PlaceLocator", into = "PlaceLocator")]
pub struct TemplatePlace {
    pub read: PlaceContent,
    /// In pixels of the sample page.
    pub quad: Quad,
}

/// The same as a locator of the file.
#[derive(Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case", deny_unknown_fields)]
enum PlaceLocator {
    Place {
        #[serde(default)]
        read: PlaceContent,
        quad: Quad,
    },
}

impl From<PlaceLocator> for TemplatePlace {
    fn from(PlaceLocator::Place { read, quad }: PlaceLocator) -> Self {
        Self { read, quad }
    }
}

impl From<TemplatePlace> for PlaceLocator {
    fn from(TemplatePlace { read, quad }: TemplatePlace) -> Self {
        Self::Place { read, quad }
    }
}

/// A table at a place.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TemplateTable {
    pub key: String,
    pub label: Label,
    /// In pixels of the sample page.
    pub place: Quad,
    /// Columns of which one is filled in the first line of each row.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub row_start: Vec<String>,
    /// Labels that end it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub end: Vec<String>,
    #[serde(default, rename = "column")]
    pub columns: Vec<TemplateColumn>,
}

/// A column of such a table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TemplateColumn {
    pub key: String,
    pub label: Label,
    /// Its printed heading.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<String>,
    #[serde(default, rename = "type")]
    pub field_type: FieldType,
    /// Left and right edge as fractions of the table's width.
    pub span: [f32; 2],
}

impl Template {
    /// Reads a file that holds nothing but such a form. `file` names it in messages.
    pub fn read(file: &str, text: &str) -> Result<Self, KindError> {
        read_kind(file, text)?;
        toml::from_str(text).map_err(|e| KindError {
            file: file.to_owned(),
            line: e.span().map_or(0, |s| super::load::line_of(text, s.start)),
            message: format!(
                "这个文件有窗口里不能编辑的内容，请用文本编辑器修改 / the file holds what cannot be edited in the window, \
                 use a text editor: {}",
                e.message()
            ),
        })
    }

    /// As a kind file.
    pub fn to_toml(&self) -> Result<String, KindError> {
        toml::to_string(self).map_err(|e| KindError {
            file: self.file_name(),
            line: 0,
            message: format!("无法写成文件 / it cannot be written: {e}"),
        })
    }

    /// With a name in both languages wherever there is one in either.
    pub fn with_all_names(mut self) -> Self {
        let fields = self.fields.iter_mut().map(|f| &mut f.label);
        let tables = self.tables.iter_mut().flat_map(|t| {
            std::iter::once(&mut t.label).chain(t.columns.iter_mut().map(|column| &mut column.label))
        });
        for Label { zh, en } in std::iter::once(&mut self.name).chain(fields).chain(tables) {
            match (zh.trim().is_empty(), en.trim().is_empty()) {
                (true, false) => zh.clone_from(en),
                (false, true) => en.clone_from(zh),
                _ => {}
            }
        }
        self
    }

    /// The kind that its file declares, with what is wrong with it.
    pub fn kind(&self) -> Result<Kind, KindError> {
        read_kind(&self.file_name(), &self.to_toml()?)
    }

    /// The name of its file.
    pub fn file_name(&self) -> String {
        format!("{}.toml", self.id)
    }

    /// Every key of a field or table.
    pub fn keys(&self) -> BTreeSet<&str> {
        let fields = self.fields.iter().map(|f| f.key.as_str());
        fields.chain(self.tables.iter().map(|t| t.key.as_str())).collect()
    }

    /// Leaves out the checks that name a key which no field has.
    pub fn drop_loose_checks(&mut self) {
        let columns =
            self.tables.iter().flat_map(|t| t.columns.iter().map(move |c| format!("{}.{}", t.key, c.key)));
        let known: BTreeSet<String> = self.keys().into_iter().map(str::to_owned).chain(columns).collect();
        self.checks.retain(|check| check.fields().iter().all(|key| known.contains(*key)));
    }
}

/// A key made from a name: its Latin letters and digits in lower case, else `fallback`; with a number
/// where it is taken.
pub fn key_of(name: &str, fallback: &str, taken: &BTreeSet<&str>) -> String {
    let mut key = String::new();
    for c in name.trim().chars() {
        if c.is_ascii_alphanumeric() {
            key.push(c.to_ascii_lowercase());
        } else if !key.is_empty() && !key.ends_with('_') {
            key.push('_');
        }
    }
    let key = key.trim_end_matches('_');
    let key = if key.is_empty() { fallback } else { key };
    if !taken.contains(key) {
        return key.to_owned();
    }
    let numbered = (2..).map(|n| format!("{key}_{n}")).find(|k| !taken.contains(k.as_str()));
    numbered.unwrap_or_else(|| key.to_owned())
}

/// A list of exactly one, as the file format has it where the editor knows but one.
mod one {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub fn serialize<T: Serialize, S: Serializer>(value: &T, to: S) -> Result<S::Ok, S::Error> {
        [value].serialize(to)
    }

    pub fn deserialize<'de, T: Deserialize<'de>, D: Deserializer<'de>>(from: D) -> Result<T, D::Error> {
        let [value] = <[T; 1]>::deserialize(from)?;
        Ok(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXAMPLE: &str = include_str!("../../tests/templates/requisition.toml");

    #[test]
    fn what_is_written_is_read_back_and_is_a_kind() {
        let template = Template::read("requisition.toml", EXAMPLE).expect("the example can be edited");
        let text = template.to_toml().expect("it can be written");
        assert_eq!(Template::read("again", &text).expect("it can be read"), template, "{text}");
        let kind = template.kind().expect("a kind");
        assert_eq!(kind.identify.min_score, 0.6 * template.layout.references.len() as f32);
    }

    #[test]
    fn what_the_editor_cannot_hold_is_refused_with_its_line() {
        let other = EXAMPLE.replace("required = true", "required = true\npattern = 'A\\d+'");
        let error = Template::read("x.toml", &other).expect_err("a pattern cannot be edited");
        assert!(error.line > 0 && error.message.contains("pattern"), "{error}");
    }

    #[test]
    fn keys_come_from_latin_names_and_are_unique() {
        let taken: BTreeSet<&str> = ["date", "field"].into();
        assert_eq!(key_of("Date", "field", &taken), "date_2");
        assert_eq!(key_of("Issue  date (paper)", "field", &taken), "issue_date_paper");
        assert_eq!(key_of("日期", "field", &taken), "field_2");
    }

    #[test]
    fn checks_go_with_their_fields() {
        let mut template = Template::read("requisition.toml", EXAMPLE).expect("the example");
        let count = template.checks.len();
        assert!(count > 0);
        template.drop_loose_checks();
        assert_eq!(template.checks.len(), count);
        template.fields.retain(|f| f.key != "total");
        template.drop_loose_checks();
        assert!(template.checks.len() < count);
    }
}
