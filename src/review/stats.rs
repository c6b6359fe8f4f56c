//! Statistics of the work: by day and operator, by kind, and how often each field was right at once.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::extract::FieldPath;

use super::{AuditAction, DocumentId, DocumentState, Session};

/// A pause longer than this between two decisions of an operator is no work on a document, in
/// milliseconds. Reasoned: a document with many doubts takes some minutes.
const LONGEST_WORK_MILLIS: i64 = 10 * 60 * 1000;

/// One operator's day.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DayLine {
    pub day: String,
    pub who: String,
    pub confirmed: usize,
    pub rejected: usize,
    /// Values typed or taken from the page.
    pub corrected: usize,
    /// Mean time from one decision to the next, pauses left out; `None` of a single decision.
    pub seconds_per_document: Option<u64>,
}

/// The documents of one kind.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KindLine {
    pub kind: String,
    pub documents: usize,
    /// Confirmed or exported.
    pub confirmed: usize,
    /// Of these, those in which no value was corrected.
    pub untouched: usize,
}

/// How often a field was read right at once, over the confirmed documents.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FieldLine {
    pub kind: String,
    /// Its key.
    pub field: String,
    pub values: usize,
    pub right: usize,
}

impl FieldLine {
    /// Share of values that were right at once, 0..1.
    pub fn accuracy(&self) -> f32 {
        if self.values == 0 { 1.0 } else { self.right as f32 / self.values as f32 }
    }
}

/// A day being summed up, with the times between its decisions in milliseconds.
type OpenDay = (DayLine, Vec<i64>);

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Statistics {
    /// Newest day first.
    pub days: Vec<DayLine>,
    /// Most documents first.
    pub kinds: Vec<KindLine>,
    /// Weakest first.
    pub fields: Vec<FieldLine>,
    pub pages_read: usize,
    pub pages_failed: usize,
    /// Mean time for which a page was read.
    pub millis_per_page: Option<u64>,
}

impl Session {
    /// Works the statistics out; `day_of` names the day of a time stamp in milliseconds.
    pub fn statistics(&self, day_of: impl Fn(i64) -> String) -> Statistics {
        let corrected = self.corrected();
        let mut statistics = Statistics { days: self.days(day_of), ..Statistics::default() };
        let mut kinds: BTreeMap<&str, KindLine> = BTreeMap::new();
        let mut fields: BTreeMap<(&str, String), FieldLine> = BTreeMap::new();
        for d in self.documents() {
            let kind = d.document.found.kind.as_str();
            let line =
                kinds.entry(kind).or_insert_with(|| KindLine { kind: kind.into(), ..KindLine::default() });
            line.documents += 1;
            if !matches!(d.document.state, DocumentState::Confirmed | DocumentState::Exported) {
                continue;
            }
            line.confirmed += 1;
            line.untouched += usize::from(!corrected.iter().any(|(id, _)| *id == d.id));
            for (path, field) in d.document.record.iter() {
                let wrong = corrected.contains(&(d.id, path.clone()));
                if field.value.is_none() && !wrong {
                    continue;
                }
                let field = match &path {
                    FieldPath::Cell { key, column, .. } => format!("{key}.{column}"),
                    other => other.key().to_owned(),
                };
                let line = fields.entry((kind, field.clone())).or_insert_with(|| FieldLine {
                    kind: kind.into(),
                    field,
                    ..FieldLine::default()
                });
                line.values += 1;
                line.right += usize::from(!wrong);
            }
        }
        statistics.kinds = kinds.into_values().collect();
        statistics.kinds.sort_by_key(|k| std::cmp::Reverse(k.documents));
        statistics.fields = fields.into_values().collect();
        statistics.fields.sort_by(|a, b| a.accuracy().total_cmp(&b.accuracy()).then(b.values.cmp(&a.values)));
        let pages = || self.files.iter().flat_map(|f| &f.pages);
        let failed = pages().filter(|p| p.error.is_some()).count();
        statistics.pages_read = pages().count() - failed;
        // A file that could not be opened has at least one page.
        let unopened = |f: &&super::FileEntry| {
            f.pages.is_empty() && matches!(f.state, super::ReadingState::Failed { .. })
        };
        statistics.pages_failed = failed + self.files.iter().filter(unopened).count();
        let millis: f64 = self.files.iter().map(|f| f.timings.total).sum();
        statistics.millis_per_page =
            (statistics.pages_read > 0).then(|| (millis / statistics.pages_read as f64) as u64);
        statistics
    }

    /// The values that differ from what was there before a person first changed them.
    fn corrected(&self) -> BTreeSet<(DocumentId, FieldPath)> {
        let mut before: HashMap<(DocumentId, &str), Option<&str>> = HashMap::new();
        for entry in &self.audit {
            let changes = matches!(entry.action, AuditAction::Typed | AuditAction::TakenFromPage);
            if let Some(document) = entry.document.filter(|_| changes) {
                before.entry((document, entry.place.as_str())).or_insert(entry.old.as_deref());
            }
        }
        let differs = |((id, place), old): ((DocumentId, &str), Option<&str>)| {
            let path = FieldPath::try_from(place.to_owned()).ok()?;
            let now = self.document(id)?.document.record.get(&path).and_then(|f| f.value.as_deref());
            (now != old).then_some((id, path))
        };
        before.into_iter().filter_map(differs).collect()
    }

    fn days(&self, day_of: impl Fn(i64) -> String) -> Vec<DayLine> {
        let mut days: BTreeMap<(std::cmp::Reverse<String>, &str), OpenDay> = BTreeMap::new();
        // The time of each operator's last decision, and whether the work on it was measured.
        let mut last: HashMap<&str, (i64, bool)> = HashMap::new();
        for entry in &self.audit {
            let of_document = entry.place.is_empty();
            let decision = match (entry.action, entry.new.as_deref()) {
                (AuditAction::StateChanged, Some(new @ ("confirmed" | "rejected"))) => Some(new),
                (AuditAction::Redone, Some(new @ ("confirmed" | "rejected"))) if of_document => Some(new),
                (AuditAction::Undone, _) if of_document => {
                    // A decision that was taken back was none.
                    let day = (std::cmp::Reverse(day_of(entry.at_millis)), entry.who.as_str());
                    if let Some((line, _)) = days.get_mut(&day) {
                        let taken_back = |state| usize::from(entry.old.as_deref() == Some(state));
                        line.confirmed = line.confirmed.saturating_sub(taken_back("confirmed"));
                        line.rejected = line.rejected.saturating_sub(taken_back("rejected"));
                    }
                    continue;
                }
                (AuditAction::Typed | AuditAction::TakenFromPage, _) => None,
                _ => continue,
            };
            let day = day_of(entry.at_millis);
            let who = entry.who.as_str();
            let (line, spans) = days
                .entry((std::cmp::Reverse(day.clone()), who))
                .or_insert_with(|| (DayLine { day, who: who.to_owned(), ..DayLine::default() }, Vec::new()));
            match decision {
                None => line.corrected += 1,
                Some(state) => {
                    line.confirmed += usize::from(state == "confirmed");
                    line.rejected += usize::from(state == "rejected");
                    // Documents confirmed in one go share the work on them.
                    let measured = last.get(who).is_some_and(|(before, measured)| {
                        let span = entry.at_millis - before;
                        let counts =
                            if span == 0 { *measured } else { (1..=LONGEST_WORK_MILLIS).contains(&span) };
                        if counts {
                            spans.push(span);
                        }
                        counts
                    });
                    last.insert(who, (entry.at_millis, measured));
                }
            }
        }
        let finish = |(mut line, spans): (DayLine, Vec<i64>)| {
            let count = spans.len() as i64;
            line.seconds_per_document = (count > 0)
                .then(|| u64::try_from(spans.iter().sum::<i64>() / count / 1000).unwrap_or_default());
            line
        };
        days.into_values().map(finish).collect()
    }
}
