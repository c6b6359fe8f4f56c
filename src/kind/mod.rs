//! Document kinds as data: what identifies a kind, its layouts, its fields in form order with how
//! to locate them, its row tables and checks, loaded strictly from TOML files.
//!
//! Owns the file format and the closed sets of field types and locators. Runs nothing: finding
//! documents is [`crate::classify`]'s work, reading values [`crate::extract`]'s, checking them
//! [`crate::validate`]'s.

pub mod check;
mod claim;
mod load;
mod locate;
mod signing;
pub mod template;
pub mod value;
mod verification;
mod verify;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::geometry::Quad;

pub use claim::{ClaimSpec, Condition, Deduction};
pub use load::{KindError, Registry, read_kind};
pub use locate::{
    Anchor, Area, Block, CodeHint, CodePart, Colour, Correction, Direction, DivisionLevel, Identify,
    LEAST_REFERENCES, Layout, Locator, Pattern, PlaceContent, Reference, ZonePart, composed_keys,
};
pub use signing::{PartySpec, SigningSpec};
pub use verification::{AskedValue, VerificationSpec};

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
    /// Takes every page that no other kind claims; exactly one kind of a registry is open.
    #[serde(default)]
    pub open: bool,
    #[serde(default)]
    pub identify: Identify,
    /// Versions of the form.
    #[serde(default, rename = "layout")]
    pub layouts: Vec<Layout>,
    /// Parts of the form that repeat the same labels, such as buyer and seller.
    #[serde(default, rename = "block")]
    pub blocks: Vec<Block>,
    /// Fields in form order.
    #[serde(default, rename = "field")]
    pub fields: Vec<FieldSpec>,
    /// Row tables such as invoice items, after the single fields.
    #[serde(default, rename = "table")]
    pub tables: Vec<RowTableSpec>,
    /// Texts that look like labels and are none.
    #[serde(default)]
    pub not_labels: Vec<String>,
    /// What tells that documents on neighbouring pages of a file are parts of one.
    #[serde(default)]
    pub join: Option<Join>,
    #[serde(default, rename = "check")]
    pub checks: Vec<check::CheckSpec>,
    /// How it is claimed; kinds without it are no receipts.
    #[serde(default)]
    pub claim: Option<ClaimSpec>,
    /// Who seals and signs it; kinds without it are not signed by parties.
    #[serde(default)]
    pub signing: Option<SigningSpec>,
    /// What a public service asks for to tell whether it is genuine, by form.
    #[serde(default)]
    pub verification: Vec<VerificationSpec>,
}

/// When two documents of a kind on neighbouring pages are parts of one, such as the two sides of a
/// card. Two sides on one page are where both show the fields of `agrees`, with the same values.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Join {
    /// A field that both have, with different values: the side, the page's number.
    #[serde(default)]
    pub differs: Option<String>,
    /// In place of `differs`: the pages count on ("第 2 页 共 3 页" after "第 1 页 共 3 页"). The page
    /// behind may then also be one that no kind claims.
    #[serde(default)]
    pub numbered: bool,
    /// Fields that must be the same where both have them.
    #[serde(default)]
    pub agrees: Vec<String>,
    /// Fields that both must have, and the same.
    #[serde(default)]
    pub same: Vec<String>,
    /// A row of a table with such a text only refers to the rows on the other pages.
    #[serde(default)]
    pub refers: Option<Pattern>,
}

impl Kind {
    /// The field that tells its sides or pages apart, if it has such.
    pub fn sides(&self) -> Option<&str> {
        let joined = || self.join.as_ref()?.differs.as_ref();
        self.identify.sides.as_ref().or_else(joined).map(String::as_str)
    }

    pub fn field(&self, key: &str) -> Option<&FieldSpec> {
        self.fields.iter().find(|f| f.key == key)
    }

    pub fn table(&self, key: &str) -> Option<&RowTableSpec> {
        self.tables.iter().find(|t| t.key == key)
    }

    pub fn layout(&self, id: &str) -> Option<&Layout> {
        self.layouts.iter().find(|l| l.id == id)
    }

    /// Whether its values stand at places that are found by references.
    pub fn has_references(&self) -> bool {
        self.layouts.iter().any(|l| !l.references.is_empty())
    }

    /// Gives what a file may leave out: the columns of matrices and, for a form known by its
    /// references, the score to reach.
    fn complete(&mut self) {
        self.tables.iter_mut().for_each(RowTableSpec::complete);
        if self.identify.min_score == 0.0 {
            let fewest = self.layouts.iter().map(|l| l.references.len()).filter(|n| *n > 0).min();
            self.identify.min_score = REFERENCES_FOUND * fewest.unwrap_or(0) as f32;
        }
    }
}

/// Share of a form's references that tell it, each found at its place. Reasoned: of four one may
/// be missing; half of them could be the labels that many forms print.
const REFERENCES_FOUND: f32 = 0.6;

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Group {
    Cards,
    Receipts,
    #[default]
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
    /// What the value must look like. Matched anywhere in the printed text after full-width
    /// characters were made half-width; the first group, else the whole match, is the value.
    #[serde(default)]
    pub pattern: Option<Pattern>,
    /// Repairs of known misreadings, made in order on the value.
    #[serde(default, rename = "correct")]
    pub corrections: Vec<Correction>,
    /// How to find it, best way first; the candidates of all of them compete.
    #[serde(default)]
    pub locate: Vec<Locator>,
    /// Values that are usual. One that was read in the traditional forms of its characters is spelt so.
    #[serde(default)]
    pub known: Vec<String>,
    /// Header labels, for a column of a row table.
    #[serde(default)]
    pub labels: Vec<String>,
    /// What the values of a closed list are called; results keep the values.
    #[serde(default)]
    pub values: BTreeMap<String, Label>,
    /// Layouts that have this column; empty: all.
    #[serde(default)]
    pub layouts: Vec<String>,
    /// For a column of a row table: the line of the row's cell that it takes, from 1; absent: all.
    /// For columns that share a header.
    #[serde(default)]
    pub line: Option<usize>,
    /// For a column of a row table: its labels stand in front of its values, line by line beside
    /// the rows, not in the header.
    #[serde(default)]
    pub beside: bool,
    /// For a column of a row table: where it is not printed, it is a part of another column's text.
    #[serde(default)]
    pub copy: Option<ColumnPart>,
    /// For a column beside its rows: how many lines further down its value stands. The rows take their values
    /// in order.
    #[serde(default)]
    pub offset: usize,
    /// For a column of a table at a place of the form: its left and right edge, as fractions of the
    /// place's width.
    #[serde(default)]
    pub span: Option<[f32; 2]>,
}

/// A part of the printed text of another column of the same row.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ColumnPart {
    pub from: String,
    /// The first group, else the whole match.
    pub pattern: Pattern,
}

/// What a value is; decides how it is parsed, compared, shown and exported.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
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
    /// A line of a machine-readable zone (ICAO 9303).
    MrzLine,
}

/// What a table's rows are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TableBody {
    /// Rows with the declared columns.
    #[default]
    Rows,
    /// A matrix of printed items by printed column headings, as statements are. Its rows have the
    /// column [`ITEM`] and one for each heading, named as printed.
    Cells,
    /// All printed labels with their values, as the page's structure tells them.
    Pairs,
}

/// How the rows of a table are told apart.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RowsBy {
    /// A printed header above them.
    #[default]
    Header,
    /// Labels in front of (or above) the values: a row begins where a label comes again. Where a
    /// header is printed instead, that tells.
    Labels,
    /// A printed header; where there is none, labels as above, in rows that hold the table's first words.
    HeaderOrLabels,
}

/// Key of the table of printed labels with their values.
pub const KEY_VALUES: &str = "key_values";
/// Columns of that table.
pub const PAIR: [&str; 2] = ["key", "value"];

/// Column of a matrix's rows that holds the printed item.
pub const ITEM: &str = "item";

/// A table found by its header or by its place.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RowTableSpec {
    pub key: String,
    pub label: Label,
    #[serde(default)]
    pub body: TableBody,
    #[serde(default)]
    pub by: RowsBy,
    /// For rows by labels: only labels in this block of the form.
    #[serde(default)]
    pub block: Option<String>,
    /// Declared for rows. A matrix gets [`ITEM`] and one that stands for all its headings.
    #[serde(default, rename = "column")]
    pub columns: Vec<FieldSpec>,
    /// Headers of columns that are printed but not wanted: they bound the others.
    #[serde(default)]
    pub skip: Vec<String>,
    /// For a matrix: headings of its item columns. Each opens a half of its own.
    #[serde(default)]
    pub items: Vec<String>,
    /// For a matrix: headings that are known, to tell its header by; all others on the header's
    /// row are taken as printed. For labels and values: labels that may be printed without a colon.
    #[serde(default)]
    pub headings: Vec<String>,
    /// For a matrix: headings of columns that hold no values.
    #[serde(default)]
    pub ignore: Vec<String>,
    /// For a matrix: items that are known; one read with a single character wrong is spelt so.
    #[serde(default)]
    pub known: Vec<String>,
    /// Rows by their form, where no header is printed: what one printed row looks like, its boxes parted by
    /// spaces. The named groups are the columns; the first that matches tells. One without the first column is an
    /// item's second line: the first column is the printed row above. Only rows above the first label of `end` count.
    #[serde(default)]
    pub row_patterns: Vec<Pattern>,
    /// Labels that end the table when they stand below its header.
    #[serde(default)]
    pub end: Vec<String>,
    /// A line that matches lies behind the table.
    #[serde(default)]
    pub end_pattern: Option<Pattern>,
    /// Columns of which at least one is filled in the first line of every row; a line without
    /// them continues the row above. Empty: every line is a row.
    #[serde(default)]
    pub row_start: Vec<String>,
    /// Columns of which at least one is filled in the last line of every row; a line without them
    /// belongs to the row that ends below it.
    #[serde(default)]
    pub row_end: Vec<String>,
    /// How many of the columns' headers must be found.
    #[serde(default = "two")]
    pub min_headers: usize,
    /// Layouts that do not have it, though they print headings like its own.
    #[serde(default)]
    pub not_layouts: Vec<String>,
    /// Where it stands on the sample page, in its pixels, with its header: the table is then found by the
    /// references of the layout, and its columns by their `span`.
    #[serde(default)]
    pub place: Option<Quad>,
}

fn two() -> usize {
    2
}

impl RowTableSpec {
    /// The declaration of a column; that of any heading of a matrix is the same.
    pub fn column(&self, key: &str) -> Option<&FieldSpec> {
        let declared = self.columns.iter().find(|c| c.key == key);
        match self.body {
            TableBody::Rows | TableBody::Pairs => declared,
            TableBody::Cells => declared.or_else(|| self.columns.iter().find(|c| c.key != ITEM)),
        }
    }

    /// Gives a matrix and a table of pairs their columns.
    fn complete(&mut self) {
        let column = |key: &str, zh: &str, en: &str, field_type| FieldSpec {
            label: Label { zh: zh.to_owned(), en: en.to_owned() },
            ..FieldSpec::plain(key, field_type)
        };
        let own = match self.body {
            TableBody::Rows => return,
            TableBody::Cells => [
                column(ITEM, "项目", "Item", FieldType::Text),
                column("value", "金额", "Amount", FieldType::Amount),
            ],
            TableBody::Pairs => [
                column(PAIR[0], "名称", "Label", FieldType::Text),
                column(PAIR[1], "内容", "Value", FieldType::Text),
            ],
        };
        if self.columns.is_empty() {
            self.columns = own.into();
        }
    }
}

impl FieldSpec {
    /// What a value is called in the form and in tables.
    pub fn shown<'v>(&'v self, value: &'v str, lang: Lang) -> &'v str {
        self.values.get(value).map_or(value, |name| name.get(lang))
    }

    /// A field with nothing but a key and a type.
    pub fn plain(key: &str, field_type: FieldType) -> Self {
        Self {
            key: key.to_owned(),
            label: Label::default(),
            section: None,
            field_type,
            required: false,
            many: false,
            pattern: None,
            corrections: Vec::new(),
            locate: Vec::new(),
            known: Vec::new(),
            labels: Vec::new(),
            values: BTreeMap::new(),
            layouts: Vec::new(),
            line: None,
            beside: false,
            offset: 0,
            copy: None,
            span: None,
        }
    }
}

/// Constants that a layout gives to fields.
pub type Constants = BTreeMap<String, String>;
