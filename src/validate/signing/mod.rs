//! How a document was sealed and signed: its parties with their seals, the places for seals and
//! signatures, seals over the edges of its pages, amounts, term, page count, and what is missing.
//!
//! Reads what was found on the pages; looks at no pixels and judges no seal's authenticity. What
//! the parties, roles and labels are says the kind ([`SigningSpec`]).

mod areas;
mod flags;
mod names;
mod paging;
#[cfg(test)]
mod tests;
mod texts;

use crate::{
    extract::{FieldPath, Record},
    geometry::Quad,
    kind::{Kind, Label, SigningSpec, value},
    structure::{PageStructure, SealShape, Side},
};

use super::Issue;
pub use names::Likeness;

/// A page as far as it was read.
#[derive(Debug, Clone, Copy)]
pub struct SeenPage<'a> {
    /// Its number in the file.
    pub page: usize,
    /// Pixels.
    pub size: (u32, u32),
    pub structure: &'a PageStructure,
}

/// A place on a page.
#[derive(Debug, Clone, PartialEq)]
pub struct Place {
    /// The page's number in the file.
    pub page: usize,
    /// Page pixels.
    pub quad: Quad,
}

/// One side of the agreement.
#[derive(Debug, Clone, PartialEq)]
pub struct Party {
    /// What it is called: the field's label, or its printed role.
    pub label: Label,
    pub path: Option<FieldPath>,
    /// Empty if it was not read.
    pub name: String,
    pub place: Option<Place>,
    /// A person signs and need not seal.
    pub is_person: bool,
    /// Seals that name it, as indexes into [`Signing::seals`].
    pub seals: Vec<usize>,
}

/// A seal and whose it is.
#[derive(Debug, Clone, PartialEq)]
pub struct PartySeal {
    pub place: Place,
    pub shape: SealShape,
    pub text: String,
    pub sub_text: String,
    pub color: String,
    /// The party (index into [`Signing::parties`]) whose name it bears, and how surely.
    pub party: Option<(usize, Likeness)>,
}

/// What belongs to a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AreaKind {
    Seal,
    Signature,
    Date,
}

/// A place for a seal, a signature or a date.
#[derive(Debug, Clone, PartialEq)]
pub struct Area {
    pub kind: AreaKind,
    /// Index into [`Signing::parties`].
    pub party: Option<usize>,
    /// As printed.
    pub label: String,
    /// What was read behind the label; may be empty.
    pub value: String,
    /// The label, with the value where they are one line.
    pub place: Place,
    /// Seals at this place, as indexes into [`Signing::seals`].
    pub seals: Vec<usize>,
}

/// An amount in figures, in words or both.
#[derive(Debug, Clone, PartialEq)]
pub struct Amount {
    pub figure: Option<String>,
    pub words: Option<String>,
    pub place: Option<Place>,
    /// The document's own amount, not one of its clauses'.
    pub is_total: bool,
}

impl Amount {
    /// Whether figures and words say the same; `None` where one of them is missing or is no amount.
    pub fn agrees(&self) -> Option<bool> {
        let figure = value::decimal(self.figure.as_deref()?)?;
        Some(figure == value::words_to_amount(self.words.as_deref()?)?)
    }
}

/// From when to when.
#[derive(Debug, Clone, PartialEq)]
pub struct Term {
    pub from: time::Date,
    pub to: time::Date,
    pub place: Place,
}

/// One seal over the edges of the pages (骑缝章).
#[derive(Debug, Clone, PartialEq)]
pub struct PagingSeal {
    /// Its parts, in page order.
    pub parts: Vec<(Side, Place)>,
    /// Pages of the document without a part.
    pub missing: Vec<usize>,
}

/// What the document says of its pages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageCount {
    /// How many pages it says it has.
    pub stated: usize,
    /// Printed numbers that no page here bears.
    pub missing: Vec<usize>,
    /// Pages here.
    pub present: usize,
}

/// All of it, for showing it together.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Signing {
    pub parties: Vec<Party>,
    pub seals: Vec<PartySeal>,
    pub areas: Vec<Area>,
    pub amounts: Vec<Amount>,
    pub terms: Vec<Term>,
    pub paging: Vec<PagingSeal>,
    pub page_count: Option<PageCount>,
    /// What is missing or does not agree.
    pub issues: Vec<Issue>,
}

/// How a document on these pages (in order) was sealed and signed; `None` for kinds that are not.
pub fn signing(kind: &Kind, record: &Record, pages: &[SeenPage]) -> Option<Signing> {
    let spec = kind.signing.as_ref()?;
    let mut found = Signing { parties: named_parties(spec, kind, record, pages), ..Signing::default() };
    let paging = paging::paging(pages);
    found.areas = areas::areas(spec, pages, &mut found.parties);
    found.seals = seals(pages, &paging);
    names::assign(&mut found.seals, &mut found.parties);
    areas::place_seals(&mut found.areas, &found.seals, pages);
    found.paging = paging;
    found.amounts = texts::amounts(spec, record, pages);
    found.terms = texts::terms(spec, pages);
    found.page_count = texts::page_count(pages);
    found.issues = flags::issues(&found, pages);
    Some(found)
}

/// The parties that the record names, in the order of the kind.
fn named_parties(spec: &SigningSpec, kind: &Kind, record: &Record, pages: &[SeenPage]) -> Vec<Party> {
    let numbers: Vec<usize> = pages.iter().map(|p| p.page).collect();
    let of = |key: &String| {
        let path = FieldPath::Field { key: key.clone() };
        let label = kind.field(key)?.label.clone();
        let field = record.get(&path);
        let name = field.and_then(|f| f.value.clone()).unwrap_or_default();
        let place = field.and_then(|f| Some(Place { page: f.page_among(&numbers)?, quad: f.quad? }));
        let is_person = is_person(spec, &name);
        Some(Party { label, path: Some(path), name, place, is_person, seals: Vec::new() })
    };
    spec.parties.iter().filter_map(|p| p.field.as_ref()).filter_map(of).collect()
}

/// Whether a name is a person's: short, and no organisation's.
fn is_person(spec: &SigningSpec, name: &str) -> bool {
    let name = names::bare(name);
    let han = !name.is_empty() && name.chars().all(value::is_cjk);
    // Names of Han persons have two to four characters, transcribed ones with a dot are longer.
    let short = han && (2..=4).contains(&name.chars().count());
    short && !spec.organisation.as_ref().is_some_and(|p| p.regex().is_match(&name))
}

/// The seals of all pages but those that are parts of a seal over the pages' edges.
fn seals(pages: &[SeenPage], paging: &[PagingSeal]) -> Vec<PartySeal> {
    let is_part = |place: &Place| {
        let mut parts = paging.iter().flat_map(|p| &p.parts).map(|(_, part)| part);
        parts.any(|p| p.page == place.page && p.quad.intersection_area(&place.quad) > 0.5 * p.quad.area())
    };
    let all = pages.iter().flat_map(|page| page.structure.seals.iter().map(|seal| (page.page, seal)));
    all.map(|(page, seal)| PartySeal {
        place: Place { page, quad: seal.quad },
        shape: seal.shape,
        text: seal.text.clone(),
        sub_text: seal.sub_text.clone(),
        color: seal.color.clone(),
        party: None,
    })
    .filter(|seal| !is_part(&seal.place))
    .collect()
}
