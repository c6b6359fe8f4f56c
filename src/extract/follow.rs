//! Values that follow from others, when a person has changed one of these.

use crate::kind::{FieldSpec, Kind, Locator};

use super::{Entry, Field, Origin, Record, derived};

/// Works out again what the kind derives from the field `key`, and what follows from that. Values that a
/// person has decided on stay, as do those that the changed value says nothing of. `before` is the
/// record as it was.
pub fn follow(kind: &Kind, key: &str, before: &Record, record: &mut Record) {
    // No value is derived over more than two others.
    let mut changed = vec![key.to_owned()];
    for _ in 0..2 {
        let mut next = Vec::new();
        for spec in &kind.fields {
            let Some(Entry::One(own)) = record.entries.get(&spec.key) else { continue };
            if own.origin != Origin::Computed || own.confirmed || own.illegible {
                continue;
            }
            let depends = |l: &&Locator| l.sources().iter().any(|s| changed.iter().any(|c| c == s));
            let locators = spec.locate.iter().filter(depends);
            let Some(field) = again(spec, locators, own, before, record) else { continue };
            if field.value != own.value {
                next.push(spec.key.clone());
                record.entries.insert(spec.key.clone(), Entry::One(field));
            }
        }
        changed = next;
    }
}

/// The value by the locator that has found it before, else by one that holds for every layout.
fn again<'l>(
    spec: &FieldSpec,
    locators: impl Iterator<Item = &'l Locator> + Clone,
    own: &Field,
    before: &Record,
    record: &Record,
) -> Option<Field> {
    let of = |locator: &Locator, record: &Record| {
        derived::from_fields(spec, locator, |key| match record.entries.get(key)? {
            Entry::One(field) => Some(field),
            Entry::Many(fields) => fields.first(),
            Entry::Rows { .. } => None,
        })
    };
    let found_it = |l: &&Locator| of(l, before).is_some_and(|f| f.value == own.value);
    let mut known = locators.clone().filter(found_it);
    let mut general = locators.filter(|l| l.layouts().is_empty());
    known.find_map(|l| of(l, record)).or_else(|| general.find_map(|l| of(l, record)))
}
