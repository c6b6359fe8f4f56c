//! What a kind file says about where things stand: anchors, layouts, blocks, locators.

use std::{
    collections::BTreeMap,
    sync::{LazyLock, OnceLock},
};

use regex::Regex;
use serde::{Deserialize, Deserializer, Serialize, de::Error as _};

use super::{Constants, Label};
use crate::geometry::Quad;

/// A regular expression of a kind file. Its syntax is checked when the file is read; it is compiled when it
/// is first used: to compile those of all kinds takes half a second and 150 MB.
#[derive(Debug, Clone)]
pub struct Pattern {
    text: String,
    compiled: OnceLock<Regex>,
}

impl Pattern {
    /// The compiled expression. One of right syntax that is too large to compile (10 MB) matches nothing.
    pub fn regex(&self) -> &Regex {
        self.compiled.get_or_init(|| Regex::new(&self.text).unwrap_or_else(|_| nothing()))
    }
}

/// Matches no text.
fn nothing() -> Regex {
    static NOTHING: LazyLock<Regex> = LazyLock::new(|| {
        #[allow(clippy::expect_used, reason = "a constant, compiled by a test")]
        Regex::new(r"[^\s\S]").expect("an empty class")
    });
    NOTHING.clone()
}

/// What is wrong with the syntax of a regular expression, in a phrase.
pub(super) fn syntax_fault(pattern: &str) -> Option<String> {
    let error = regex_syntax::parse(pattern).err()?.to_string();
    // The last line of the message names the fault; the others draw it.
    Some(error.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned())
}

impl<'de> Deserialize<'de> for Pattern {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        match syntax_fault(&text) {
            None => Ok(Self { text, compiled: OnceLock::new() }),
            Some(fault) => Err(D::Error::custom(format!("正则表达式有误 / bad pattern `{text}`: {fault}"))),
        }
    }
}

/// A known misreading and its repair, made wherever it is found in values of this field.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Correction {
    pub pattern: Pattern,
    /// Replacement; `${1}` stands for the first group.
    pub replace: String,
    /// Layouts in which it holds; empty: all.
    #[serde(default)]
    pub layouts: Vec<String>,
}

/// Left, top, right, bottom as fractions of the upright document, 0..1.
pub type Area = [f32; 4];

/// A printed text that tells a kind or a layout, found with a few characters misread.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Anchor {
    pub text: String,
    #[serde(default = "one")]
    pub weight: f32,
    /// Centre of the text as fractions of the upright document, for registration.
    #[serde(default)]
    pub at: Option<[f32; 2]>,
}

fn one() -> f32 {
    1.0
}

/// A machine-readable code that tells a kind or a layout.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CodeHint {
    /// Matched against the code's text.
    pub pattern: Pattern,
    #[serde(default = "one")]
    pub weight: f32,
}

/// What identifies a kind among all others.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Identify {
    /// Summed weight of what was found from which on a page is of this kind.
    #[serde(default)]
    pub min_score: f32,
    #[serde(default)]
    pub anchors: Vec<Anchor>,
    /// Texts of other kinds: their weights are subtracted.
    #[serde(default)]
    pub excludes: Vec<Anchor>,
    /// Its documents fill their page: one is never cut into two of the same kind.
    #[serde(default)]
    pub whole_page: bool,
    /// It claims whole pages only, never a part cut out of one: for kinds told by the form of one
    /// number, which other documents hold too.
    #[serde(default)]
    pub alone: bool,
    /// The field, set by layouts, that tells its sides or pages apart: each is a document of its own where
    /// several lie on one sheet. That of `join.differs` where none is named.
    #[serde(default)]
    pub sides: Option<String>,
    /// A document with more text lines than this is another one that mentions the same things.
    #[serde(default)]
    pub max_lines: Option<usize>,
    #[serde(default)]
    pub codes: Vec<CodeHint>,
    /// Expressions matched line by line; a negative weight speaks against the kind.
    #[serde(default)]
    pub patterns: Vec<CodeHint>,
}

/// A version of the form.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Layout {
    pub id: String,
    #[serde(default)]
    pub name: Option<Label>,
    /// Width by height of the upright document.
    #[serde(default)]
    pub aspect: Option<f32>,
    /// The fixed part of its title, as printed.
    #[serde(default)]
    pub titles: Vec<String>,
    #[serde(default)]
    pub anchors: Vec<Anchor>,
    #[serde(default)]
    pub excludes: Vec<Anchor>,
    #[serde(default)]
    pub codes: Vec<CodeHint>,
    #[serde(default)]
    pub patterns: Vec<CodeHint>,
    /// Order of the blocks, from upper left; empty: as declared.
    #[serde(default)]
    pub blocks: Vec<String>,
    /// Values that follow from the layout.
    #[serde(default)]
    pub set: Constants,
    /// Width and height, in pixels, of the sample page on which the references and the places of
    /// this layout are marked.
    #[serde(default)]
    pub page: Option<[f32; 2]>,
    /// Fixed texts of the form by which a page is registered on the sample; at least
    /// [`LEAST_REFERENCES`] where there are any.
    #[serde(default)]
    pub references: Vec<Reference>,
}

/// References that a form needs: three tell an affine map, a fourth may be missing.
pub const LEAST_REFERENCES: usize = 4;

/// A fixed text of a form with its place.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reference {
    /// As printed; found with a few characters misread.
    pub text: String,
    /// Around it, in pixels of the sample page.
    pub quad: Quad,
}

/// What is read at a place of a form.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlaceContent {
    /// Printed or written text, of the field's type.
    #[default]
    Text,
    /// The text of a seal; for a flag, whether a seal is there.
    Seal,
    /// The text of a QR code or barcode.
    Code,
}

/// One of several parts of a form that repeat the same labels.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Block {
    pub id: String,
    /// Its own headings.
    pub labels: Vec<String>,
}

/// Where a value stands as seen from its label.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Behind the label on its line, else to the right of it.
    #[default]
    Right,
    Below,
    Above,
    /// Right, else below.
    RightOrBelow,
    /// In front of it.
    Left,
}

/// A level of administrative division.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DivisionLevel {
    Province,
    City,
    District,
}

/// A part of a machine-readable zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ZonePart {
    DocumentType,
    Issuer,
    Number,
    Surname,
    GivenNames,
    Nationality,
    Birth,
    Sex,
    Expiry,
    Optional,
}

/// A colour of the ground that text stands on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Colour {
    Blue,
    Yellow,
    Green,
    White,
    Black,
    /// One of them above, the other below.
    YellowGreen,
}

/// A condition on one part of a code's text.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CodePart {
    pub part: usize,
    pub is: Pattern,
}

/// A way to find a field's value. Named for algorithms, never for kinds.
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case", deny_unknown_fields)]
pub enum Locator {
    /// Beside a printed label.
    Label {
        /// Synonyms.
        labels: Vec<String>,
        #[serde(default)]
        direction: Direction,
        /// Only the label in this block.
        #[serde(default)]
        within: Option<String>,
        /// Lines that the value may take.
        #[serde(default = "one_line")]
        lines: usize,
        /// Only labels whose centre lies here.
        #[serde(default)]
        area: Option<Area>,
        /// What parts the text into several values, for a field that may occur several times.
        #[serde(default)]
        split: Option<Pattern>,
        #[serde(default)]
        layouts: Vec<String>,
    },
    /// What stands at a fixed place of the form, whole lines.
    Region {
        area: Area,
        #[serde(default = "one_line")]
        lines: usize,
        #[serde(default)]
        layouts: Vec<String>,
    },
    /// What stands at a place of the sample page, once the page is registered by the references of
    /// its layout: lines, or the parts of lines that lie inside.
    Place {
        /// In pixels of the sample page.
        quad: Quad,
        #[serde(default)]
        read: PlaceContent,
        #[serde(default)]
        layouts: Vec<String>,
    },
    /// Whatever line matches; the first group, else the whole match, is the value.
    Pattern {
        pattern: Pattern,
        #[serde(default)]
        area: Option<Area>,
        /// Only this match, from 1, in reading order.
        #[serde(default)]
        nth: Option<usize>,
        /// Lines that the value may take, where it ends its box.
        #[serde(default = "one_line")]
        lines: usize,
        #[serde(default)]
        layouts: Vec<String>,
    },
    /// All lines that match, from above, as one value.
    Lines {
        pattern: Pattern,
        #[serde(default)]
        area: Option<Area>,
        /// What parts the text into several values, for a field that may occur several times.
        #[serde(default)]
        split: Option<Pattern>,
        #[serde(default)]
        layouts: Vec<String>,
    },
    /// What stands in the box right of its heading, which may be written downwards and stand at
    /// half height: all lines between the labels above and below.
    Box {
        labels: Vec<String>,
        lines: usize,
        #[serde(default)]
        layouts: Vec<String>,
    },
    /// A part of a code's text.
    Code {
        separator: String,
        part: usize,
        /// All must hold.
        #[serde(default)]
        when: Vec<CodePart>,
        #[serde(default)]
        layouts: Vec<String>,
    },
    /// The line that holds the layout's title, the fixed part spelt as declared.
    Title {
        #[serde(default)]
        layouts: Vec<String>,
    },
    /// Where the line of a row label crosses a column of a row table.
    Cell {
        table: String,
        column: String,
        labels: Vec<String>,
        /// What it looks like, for when the label was not read: then the first such text below
        /// the header in this column.
        #[serde(default)]
        pattern: Option<Pattern>,
    },
    /// The text of a seal that matches: the first group, else all of it.
    Seal { pattern: Pattern },
    /// Taken from another field's value: the first group, else the whole match.
    Copy { from: String, pattern: Pattern },
    /// Another field's value looked up: the first group (else the whole match) in `values`.
    Lookup {
        from: String,
        pattern: Pattern,
        values: BTreeMap<String, String>,
        #[serde(default)]
        layouts: Vec<String>,
    },
    /// The colour of the ground behind another field's value, by what it is called here: where the
    /// picture is at hand.
    Colour { from: String, values: BTreeMap<Colour, String> },
    /// Put together from the values of other fields, written `{key}`, where all are known: for
    /// what is printed but cannot be read. Doubtful by nature.
    Compose {
        text: String,
        #[serde(default)]
        layouts: Vec<String>,
    },
    /// The nearest text that is no label beside the value of another field, once that is found.
    Near {
        field: String,
        direction: Direction,
        #[serde(default)]
        layouts: Vec<String>,
    },
    /// A part of the address that another field holds, as printed at its head.
    Division { from: String, level: DivisionLevel },
    /// A part of the machine-readable zone (ICAO 9303) whose lines other fields hold.
    Mrz { lines: Vec<String>, part: ZonePart },
    /// `true` where a line matches; says nothing otherwise.
    Present { pattern: Pattern },
}

fn one_line() -> usize {
    1
}

impl Locator {
    /// The keys of the fields from whose values alone it works out its own.
    pub fn sources(&self) -> Vec<&str> {
        match self {
            Self::Copy { from, .. } | Self::Lookup { from, .. } | Self::Division { from, .. } => vec![from],
            Self::Compose { text, .. } => composed_keys(text).collect(),
            Self::Mrz { lines, .. } => lines.iter().map(String::as_str).collect(),
            _ => Vec::new(),
        }
    }

    /// The layouts that it is for; empty: all.
    pub fn layouts(&self) -> &[String] {
        match self {
            Self::Label { layouts, .. }
            | Self::Region { layouts, .. }
            | Self::Place { layouts, .. }
            | Self::Pattern { layouts, .. }
            | Self::Lines { layouts, .. }
            | Self::Box { layouts, .. }
            | Self::Code { layouts, .. }
            | Self::Lookup { layouts, .. }
            | Self::Compose { layouts, .. }
            | Self::Near { layouts, .. }
            | Self::Title { layouts } => layouts,
            _ => &[],
        }
    }
}

/// The keys in braces of a composed text.
pub fn composed_keys(text: &str) -> impl Iterator<Item = &str> {
    text.split('{').skip(1).filter_map(|part| part.split_once('}')).map(|(key, _)| key)
}
