//! Findings of the checks and what they mean for the fields: who is to blame, what is proven,
//! what would help.

use std::collections::BTreeSet;

use super::{Issue, Severity, context::Value};
use crate::{
    extract::{Entry, Field, FieldPath, Origin, Record, State},
    kind::{
        FieldType, Label,
        value::{normalise, repair_with},
    },
};

/// Below this confidence, the mean probability of its characters, a read value is doubtful: as
/// low as three even guesses among ten certain characters. Reasoned, not measured; single weak
/// characters are the next threshold's.
const DOUBTFUL_BELOW: f32 = 0.85;

/// The same for one character: below even odds another character is as likely.
const DOUBTFUL_CHAR_BELOW: f32 = 0.5;

/// Below this confidence a value is doubtful although a check proves it: a check digit lets one
/// of about ten wrong readings through.
const DOUBTFUL_IF_PROVEN_BELOW: f32 = 0.3;

/// What a failed check says about its values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effect {
    /// The first value is wrong (or, for a warning, doubtful).
    First,
    /// One of the values is wrong; which one is open, unless all others are proven.
    OneOf,
    /// It is about the document; the reading is not in question.
    Remark,
}

/// A value that a failed check is about.
pub(super) struct Suspect {
    path: FieldPath,
    field_type: FieldType,
    text: String,
    /// Other readings of it.
    alternatives: Vec<String>,
    /// The value that would satisfy the check if all others are right.
    needed: Option<String>,
    /// The one change of a character for one confused with it that would satisfy the check.
    repair: Option<String>,
}

impl Suspect {
    pub fn new(value: &Value, needed: Option<String>) -> Self {
        Self {
            path: value.path.clone(),
            field_type: value.field_type,
            text: value.text.to_owned(),
            alternatives: value.field.alternatives.clone(),
            needed,
            repair: None,
        }
    }

    /// The same suspect, told which figures in its place satisfy the check.
    pub fn repaired_by(self, holds: impl Fn(&str) -> bool) -> Self {
        // A letter that is taken for a digit is no second repair.
        let figure = |text: &str| !text.contains(char::is_alphabetic);
        let repair = repair_with(&self.text, |t| figure(t) && holds(t)).filter(|r| *r != self.text);
        Self { repair, ..self }
    }

    pub fn path(&self) -> &FieldPath {
        &self.path
    }

    /// A value that is not there.
    pub fn missing(path: FieldPath, field_type: FieldType, needed: Option<String>) -> Self {
        Self { path, field_type, text: String::new(), alternatives: Vec::new(), needed, repair: None }
    }

    /// The needed value, if it is near what was read: an alternative reading, a lost or invented
    /// minus sign, or one character confused with another.
    fn near(&self) -> Option<&String> {
        let needed = || self.needed.as_ref().filter(|n| **n != self.text && self.is_near(n));
        needed().or(self.repair.as_ref())
    }

    fn is_near(&self, needed: &String) -> bool {
        let read_so =
            self.alternatives.iter().any(|a| normalise(self.field_type, a).as_ref() == Some(needed));
        let sign =
            needed.strip_prefix('-') == Some(&self.text) || self.text.strip_prefix('-') == Some(needed);
        // Read for one another, whichever of the two the table names first.
        let one_change = |a: &str, b: &str| repair_with(a, |v| v == b).is_some();
        let confused = || one_change(&self.text, needed) || one_change(needed, &self.text);
        read_so || sign || confused()
    }
}

struct Finding {
    rule: &'static str,
    severity: Severity,
    effect: Effect,
    suspects: Vec<Suspect>,
    message: Label,
}

/// Collects the outcomes of all checks; [`Report::conclude`] weighs them together.
#[derive(Default)]
pub(super) struct Report {
    findings: Vec<Finding>,
    /// Values confirmed by a check that a misreading would hardly pass.
    proven: BTreeSet<FieldPath>,
}

impl Report {
    /// A check that a misreading would hardly pass holds for these values. One print is no two values that
    /// agree: what was copied from another of them proves nothing.
    pub fn prove<'v, 'a: 'v>(&mut self, values: impl IntoIterator<Item = &'v Value<'a>>) {
        let values: Vec<_> = values.into_iter().collect();
        let independent = |v: &&&Value| !values.iter().any(|other| v.is_copy_of(other));
        let printed: Vec<_> = values.iter().filter(independent).collect();
        if printed.len() > 1 || values.len() == 1 {
            self.proven.extend(printed.into_iter().map(|v| v.path.clone()));
        }
    }

    pub fn fail(
        &mut self,
        rule: &'static str,
        severity: Severity,
        effect: Effect,
        suspects: Vec<Suspect>,
        message: Label,
    ) {
        self.findings.push(Finding { rule, severity, effect, suspects, message });
    }

    /// The issues; sets the state of every field.
    pub fn conclude(self, record: &mut Record) -> Vec<Issue> {
        // What fails a check of its own is proven by none.
        let failed: BTreeSet<&FieldPath> = self
            .findings
            .iter()
            .filter(|f| f.effect == Effect::First && f.severity == Severity::Error)
            .filter_map(|f| f.suspects.first().map(|s| &s.path))
            .collect();
        let proven: BTreeSet<&FieldPath> = self.proven.iter().filter(|p| !failed.contains(p)).collect();
        let mut invalid = BTreeSet::new();
        let mut doubtful = BTreeSet::new();
        let mut issues = Vec::with_capacity(self.findings.len());
        for finding in &self.findings {
            let (blamed, suggestion) = finding.blame(&proven, &failed);
            match (finding.effect, finding.severity, blamed.as_slice()) {
                (Effect::Remark, ..) => {}
                (_, Severity::Error, [only]) => {
                    invalid.insert((*only).clone());
                }
                (_, _, many) => doubtful.extend(many.iter().map(|p| (*p).clone())),
            }
            // The blamed values first: a suggestion is for the first of all.
            let rest = finding.suspects.iter().map(|s| &s.path).filter(|p| !blamed.contains(p));
            issues.push(Issue {
                rule: finding.rule.to_owned(),
                severity: finding.severity,
                fields: blamed.iter().copied().chain(rest).cloned().collect(),
                message: finding.message.clone(),
                suggestion,
            });
        }
        let proven: BTreeSet<FieldPath> = proven.into_iter().cloned().collect();
        for_each_field(record, |path, field| {
            field.state = if field.value.as_deref().is_none_or(str::is_empty) {
                State::Missing
            } else if invalid.contains(path) {
                State::Invalid
            } else if doubtful.contains(path) || unsure(field, proven.contains(path)) {
                State::Doubtful
            } else {
                State::Ok
            };
        });
        issues
    }
}

impl Finding {
    /// The values to blame, the likeliest first, and a value for the first of them. `failed`: what is known to
    /// be wrong by a check of its own.
    fn blame<'f>(
        &'f self,
        proven: &BTreeSet<&FieldPath>,
        failed: &BTreeSet<&FieldPath>,
    ) -> (Vec<&'f FieldPath>, Option<String>) {
        let mut open: Vec<&Suspect> = match self.effect {
            Effect::First | Effect::Remark => self.suspects.iter().take(1).collect(),
            Effect::OneOf => {
                // One doubt is asked once: what differs from a wrong value need not be wrong itself.
                let wrong: Vec<_> = self.suspects.iter().filter(|s| failed.contains(&s.path)).collect();
                if let [only] = wrong[..] {
                    return (vec![&only.path], only.near().cloned());
                }
                let open: Vec<_> = self.suspects.iter().filter(|s| !proven.contains(&s.path)).collect();
                // All proven elsewhere and still in conflict: any of them.
                if open.is_empty() { self.suspects.iter().collect() } else { open }
            }
        };
        let near: Vec<usize> =
            open.iter().enumerate().filter(|(_, s)| s.near().is_some()).map(|(at, _)| at).collect();
        let suggestion = match (near.as_slice(), open.as_slice()) {
            (_, [only]) => only.needed.clone().filter(|n| *n != only.text),
            ([one], _) => {
                let suspect = open.remove(*one);
                open.insert(0, suspect);
                suspect.near().cloned()
            }
            _ => None,
        };
        (open.into_iter().map(|s| &s.path).collect(), suggestion)
    }
}

/// Whether a value's confidence asks for a look. What a person typed or accepted is never doubted
/// so.
fn unsure(field: &Field, proven: bool) -> bool {
    if field.origin == Origin::Typed || field.confirmed {
        return false;
    }
    if proven {
        return field.confidence < DOUBTFUL_IF_PROVEN_BELOW;
    }
    field.confidence < DOUBTFUL_BELOW || field.char_confidences.iter().any(|c| *c < DOUBTFUL_CHAR_BELOW)
}

fn for_each_field(record: &mut Record, mut act: impl FnMut(&FieldPath, &mut Field)) {
    for (key, entry) in &mut record.entries {
        match entry {
            Entry::One(field) => act(&FieldPath::Field { key: key.clone() }, field),
            Entry::Many(fields) => {
                for (index, field) in fields.iter_mut().enumerate() {
                    act(&FieldPath::Item { key: key.clone(), index }, field);
                }
            }
            Entry::Rows { rows } => {
                for (row, cells) in rows.iter_mut().enumerate() {
                    for (column, field) in cells {
                        act(&FieldPath::Cell { key: key.clone(), row, column: column.clone() }, field);
                    }
                }
            }
        }
    }
}
