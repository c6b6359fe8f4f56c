//! Every kind file: it loads, it is complete, and its samples are found and read right. Files that
//! must be refused are refused with file, line and reason.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use luru::{
    classify::{FoundDocument, KindChoice, classify},
    extract::{DocumentView, Entry, FieldPath, NoSecondReading, Record, State, extract},
    kind::{Kind, Registry, TableBody, read_kind},
    ocr::TextLine,
    structure::{Code, PageStructure},
};
use serde::Deserialize;

/// Recorded lines of one page; fictional persons and companies only.
#[derive(Deserialize)]
struct Lines {
    width: u32,
    height: u32,
    codes: Vec<Code>,
    lines: Vec<TextLine>,
}

/// What must come out: values by key as in a result file, rows as `table.0.column`.
#[derive(Clone, Deserialize)]
struct Expected {
    kind: String,
    /// `null`: it must not be read.
    fields: BTreeMap<String, Option<String>>,
}

#[derive(Clone)]
pub struct Sample {
    /// Its folder, from the kind's on.
    pub name: String,
    pub page: PageStructure,
    pub size: (u32, u32),
    expected: Expected,
}

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(name)
}

fn read<T: for<'de> Deserialize<'de>>(path: &Path) -> T {
    let text = fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

pub fn samples() -> Vec<Sample> {
    let cases = walkdir::WalkDir::new(folder("samples")).sort_by_file_name().into_iter();
    let cases = cases.map(Result::unwrap).filter(|e| e.file_name() == "lines.json");
    let sample = |entry: walkdir::DirEntry| {
        let lines: Lines = read(entry.path());
        let case = entry.path().parent().unwrap();
        let page = PageStructure { lines: lines.lines, codes: lines.codes, ..PageStructure::default() };
        Sample {
            name: case.strip_prefix(folder("samples")).unwrap().display().to_string(),
            page,
            size: (lines.width, lines.height),
            expected: read(&case.join("expected.json")),
        }
    };
    cases.map(sample).collect()
}

/// What the samples of all kinds are taken for with these kinds.
pub fn kinds_of_samples(registry: &Registry) -> Vec<String> {
    let found = |s: Sample| classify(&s.page, s.size, registry, &KindChoice::Auto);
    samples().into_iter().flat_map(found).map(|d| d.kind).collect()
}

fn run(sample: &Sample, registry: &Registry) -> (FoundDocument, Record) {
    let mut found = classify(&sample.page, sample.size, registry, &KindChoice::Auto);
    assert_eq!(found.len(), 1, "{}: one document", sample.name);
    let found = found.remove(0);
    let kind = registry.get(&found.kind).expect("a kind of the registry");
    let view = DocumentView { page: &sample.page, found: &found, size: sample.size };
    let record = extract(&view, kind, &mut NoSecondReading);
    (found, record)
}

/// Spaces and the ways to print the currency sign, a date and an amount do not count.
fn plain(text: &str) -> String {
    use luru::kind::{FieldType, value::normalise};
    let date = normalise(FieldType::Date, text).filter(|_| text.contains(['年', '.', '-']));
    let amount = || normalise(FieldType::Amount, text).filter(|_| text.contains('¥'));
    let text = date.or_else(amount).unwrap_or_else(|| text.replace('：', ":"));
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

#[test]
fn the_kind_files_of_the_program_are_right() {
    let (registry, errors) = Registry::load(None);
    assert_eq!(errors, []);
    assert_eq!(registry.iter().filter(|k| k.open).count(), 1, "one kind takes what no other claims");
    let both = |label: &luru::kind::Label| !label.zh.is_empty() && !label.en.is_empty();
    for kind in registry.iter() {
        let columns = kind.tables.iter().flat_map(|t| &t.columns);
        for field in kind.fields.iter().chain(columns) {
            assert!(both(&field.label), "{}.{} is named in both languages", kind.id, field.key);
        }
        for field in &kind.fields {
            let set = kind.layouts.iter().any(|l| l.set.contains_key(&field.key));
            assert!(set || !field.locate.is_empty(), "{}.{} has a way to be found", kind.id, field.key);
        }
    }
}

#[test]
fn every_kind_has_samples_and_they_are_read_right() {
    let registry = Registry::builtin();
    let samples = samples();
    for kind in registry.iter() {
        assert!(samples.iter().any(|s| s.expected.kind == kind.id), "{} has a sample", kind.id);
    }
    let mut wrong = Vec::new();
    for sample in &samples {
        let (found, record) = run(sample, &registry);
        assert_eq!(found.kind, sample.expected.kind, "{}: kind", sample.name);
        let kind = registry.get(&found.kind).unwrap();
        for (key, value) in &sample.expected.fields {
            let path = FieldPath::try_from(key.clone()).unwrap();
            assert!(known(kind, &path), "{}: {key} is a key of the kind", sample.name);
            let got = record.get(&path).and_then(|f| f.value.as_deref());
            if got.map(plain) != value.as_deref().map(plain) {
                wrong.push(format!("{}: {key} is {value:?}, read as {got:?}", sample.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn known(kind: &Kind, path: &FieldPath) -> bool {
    match path {
        FieldPath::Cell { key, column, .. } => kind.table(key).is_some_and(|t| t.column(column).is_some()),
        _ => kind.field(path.key()).is_some(),
    }
}

#[test]
fn records_have_every_key_and_values_know_their_place() {
    let registry = Registry::builtin();
    for sample in samples() {
        let (found, record) = run(&sample, &registry);
        let kind = registry.get(&found.kind).unwrap();
        let keys = kind.fields.iter().map(|f| &f.key).chain(kind.tables.iter().map(|t| &t.key));
        for key in keys {
            assert!(record.entries.contains_key(key), "{}: {key}", sample.name);
        }
        let page = luru::geometry::Quad::from_rect(0.0, 0.0, sample.size.0 as f32, sample.size.1 as f32);
        for (path, field) in record.iter() {
            assert_eq!(field.value.is_none(), field.state == State::Missing, "{}: {path}", sample.name);
            assert!((0.0..=1.0).contains(&field.confidence), "{}: {path}", sample.name);
            let inside = field.quad.is_none_or(|q| page.contains(q.center()));
            assert!(inside, "{}: {path} lies on the page", sample.name);
        }
    }
}

/// No stretch of text is given to two fields: the values read cover disjoint places. A list of all
/// printed pairs holds what fields hold too, and rows of one table may share a text (where one
/// flight ends the next begins).
#[test]
fn a_stretch_of_text_is_given_once() {
    let registry = Registry::builtin();
    for sample in samples() {
        let (found, record) = run(&sample, &registry);
        let kind = registry.get(&found.kind).unwrap();
        let pairs = kind.tables.iter().find(|t| t.body == TableBody::Pairs).map(|t| format!("{}.", t.key));
        let listed = |path: &FieldPath| pairs.as_ref().is_some_and(|p| path.to_string().starts_with(p));
        let read = |f: &luru::extract::Field| f.origin == luru::extract::Origin::Read;
        let places: Vec<_> = record
            .iter()
            .filter(|(path, f)| read(f) && f.raw.chars().count() > 2 && !listed(path))
            .filter_map(|(path, f)| Some((path, f.quad?)))
            .collect();
        for (i, (a, p)) in places.iter().enumerate() {
            for (b, q) in &places[i + 1..] {
                let table = |path: &FieldPath| path.to_string().split_once('.').map(|(t, _)| t.to_owned());
                let rows_of_one = table(a).is_some() && table(a) == table(b);
                assert!(rows_of_one || p.iou(q) < 0.9, "{}: {a} and {b} stand at one place", sample.name);
            }
        }
    }
}

#[test]
fn a_damaged_page_gives_a_record_and_no_panic() {
    let registry = Registry::builtin();
    for whole in samples() {
        // No line has a place; or only the first lines are left.
        for keep in [None, Some(3), Some(6), Some(15)] {
            let mut sample = whole.clone();
            sample.page.lines.truncate(keep.unwrap_or(usize::MAX));
            if keep.is_none() {
                sample.page.lines.iter_mut().for_each(|l| l.quad = luru::geometry::Quad::default());
            }
            for kind in registry.iter() {
                let choice = KindChoice::Forced(kind.id.clone());
                for found in classify(&sample.page, sample.size, &registry, &choice) {
                    let view = DocumentView { page: &sample.page, found: &found, size: sample.size };
                    let record = extract(&view, kind, &mut NoSecondReading);
                    assert_eq!(record.entries.len(), kind.fields.len() + kind.tables.len());
                }
            }
        }
    }
}

#[test]
fn bad_files_are_refused_with_file_line_and_reason() {
    let mut files: Vec<PathBuf> = fs::read_dir(folder("bad")).unwrap().map(|e| e.unwrap().path()).collect();
    files.sort();
    assert!(!files.is_empty());
    for path in files {
        let text = fs::read_to_string(&path).unwrap();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        // The first line says what must be said: `# <line>: <part of the message>`.
        let wanted = text.lines().next().and_then(|l| l.strip_prefix("# ")).unwrap();
        let (line, part) = wanted.split_once(": ").unwrap();
        match read_kind(&name, &text) {
            Ok(_) => panic!("{name} must be refused"),
            Err(e) => {
                let said = e.to_string();
                assert!(
                    said.starts_with(&format!("{name}:{line}: ")) && said.contains(part),
                    "{name}: {said}"
                );
            }
        }
    }
}

#[test]
fn a_users_bad_file_does_not_stop_the_others() {
    let folder = tempfile::tempdir().unwrap();
    let builtin = Registry::builtin();
    let good = "id = \"own_form\"\ngroup = \"documents\"\nname = { zh = \"自定义\", en = \"Own form\" }\n\
                [identify]\nmin_score = 2\nanchors = [{ text = \"自定义表单\", weight = 3 }]\n\
                [[field]]\nkey = \"person\"\nlabel = { zh = \"经办人\", en = \"Person\" }\n\
                locate = [{ by = \"label\", labels = [\"经办人\"] }]\n";
    fs::write(folder.path().join("good.toml"), good).unwrap();
    fs::write(folder.path().join("bad.toml"), "id = 1\n").unwrap();
    let (registry, errors) = Registry::load(Some(folder.path()));
    assert_eq!(errors.len(), 1);
    assert!(errors[0].file.ends_with("bad.toml") && errors[0].line == 1, "{}", errors[0]);
    assert_eq!(registry.iter().count(), builtin.iter().count() + 1);
    let line = |text: &str, y: f32| TextLine {
        text: text.into(),
        quad: luru::geometry::Quad::from_rect(50.0, y, 50.0 + 24.0 * text.chars().count() as f32, y + 24.0),
        confidence: 0.9,
        ..TextLine::default()
    };
    let lines = vec![line("自定义表单", 20.0), line("经办人：李示例", 80.0)];
    let page = PageStructure { lines, ..PageStructure::default() };
    let found = classify(&page, (600, 400), &registry, &KindChoice::Auto);
    assert_eq!(found.first().map(|d| d.kind.as_str()), Some("own_form"));
    let view = DocumentView { page: &page, found: &found[0], size: (600, 400) };
    let record = extract(&view, registry.get("own_form").unwrap(), &mut NoSecondReading);
    assert!(
        matches!(record.entries.get("person"), Some(Entry::One(f)) if f.value.as_deref() == Some("李示例"))
    );
}
