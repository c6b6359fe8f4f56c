//! Scores classification and extraction on recorded lines against ground truth, for development.
//!
//! Run with `LURU_LINES` (folder of `<image file name>.json`: width, height, lines and, where
//! known, codes) and `LURU_CORPUS` (folders of ground truth, separated by `:`) set:
//! `cargo test --test main score:: -- --ignored --nocapture`. `LURU_KINDS` limits it to kinds of
//! the ground truth, `LURU_MISSES=1` prints every miss, `LURU_DISTURB=<seed>` turns and slants
//! the pages and takes labels away, `LURU_TRUE_CODES=1` lends the ground truth's codes,
//! `LURU_KINDS_DIR` names a folder of kind files that replace the built-in ones of the same id,
//! `LURU_PIECES=1` looks for the cards and papers on the pictures beside the ground truth.

use std::{
    collections::BTreeMap,
    env, fs,
    path::{Path, PathBuf},
    time::Instant,
};

use luru::{
    classify::{FoundDocument, KindChoice, classify},
    extract::{DocumentView, Entry, Field, NoSecondReading, Record, extract},
    geometry::{Homography, Quad},
    kind::Registry,
    structure::PageStructure,
};
use serde_json::Value;
use unicode_normalization::UnicodeNormalization;

/// Text as the comparison sees it: half-width, without spaces.
fn plain(s: &str) -> String {
    let s: String = s.nfkc().collect();
    let s = s.replace(['¥', '￥'], "Y").replace('圆', "元");
    let dash = |c: char| if matches!(c, '‐'..='―' | '−') { '-' } else { c };
    s.chars().filter(|c| !c.is_whitespace()).map(dash).collect()
}

fn as_date(s: &str) -> Option<(u32, u32, u32)> {
    let found = regex::Regex::new(r"^\D*(\d{4})\D+(\d{1,2})\D+(\d{1,2})\D*$").unwrap().captures(s)?;
    let part = |i: usize| found[i].parse::<u32>().ok();
    Some((part(1)?, part(2)?, part(3)?))
}

fn as_number(s: &str) -> Option<f64> {
    let bare: String = s.chars().filter(|c| !"Y$,元CNRMB".contains(*c)).collect();
    let number = regex::Regex::new(r"^-?\d+(\.\d+)?$").unwrap().is_match(&bare);
    let code = regex::Regex::new(r"^0\d+$").unwrap().is_match(&bare);
    if number && bare.len() < 14 && !code { bare.parse().ok() } else { None }
}

/// Whether a value is the true one, up to width, spaces, the form of dates and amounts, and
/// punctuation between Han characters.
fn same(truth: &str, value: &str) -> bool {
    let (a, b) = (plain(truth), plain(value));
    if a == b || (as_date(&a).is_some() && as_date(&a) == as_date(&b)) {
        return true;
    }
    if as_date(&a).is_some_and(|(y, m, d)| format!("{y:04}{m:02}{d:02}") == b) {
        return true;
    }
    let numbers = as_number(&a).zip(as_number(&b)).filter(|_| a.contains('.') || b.contains('.'));
    if let Some((x, y)) = numbers {
        return (x - y).abs() < 1e-4;
    }
    let bare = |s: &str| {
        s.chars().filter(|c| !"，,。.:：;；()（）、·'\"“”‘’\\-—_/".contains(*c)).collect::<String>()
    };
    a.chars().any(|c| ('㐀'..='鿿').contains(&c)) && a.chars().count() > 6 && bare(&a) == bare(&b)
}

/// An item or heading as the comparison sees it: without what precedes its name.
fn bare_item(name: &str) -> String {
    let before = r"^([一二三四五六七八九十]+、|[(（][一二三四五六七八九十]+[)）]|\d+[.、]|减:|加:|其中:)+";
    regex::Regex::new(before).unwrap().replace(&plain(name), "").trim_matches(':').to_owned()
}

fn value_at(record: &Record, key: &str) -> Option<String> {
    if let Some(label) = key.strip_prefix("kv.") {
        let wanted = plain(label).trim_matches(':').to_owned();
        let own = |cell: &Field| cell.value.as_deref().is_some_and(|v| plain(v).trim_matches(':') == wanted);
        let row = record.rows("key_values").iter().find(|r| r.get("key").is_some_and(own))?;
        return row.get("value")?.value.clone();
    }
    if let Some((item, column)) = key.strip_prefix("cells.").and_then(|k| k.rsplit_once('.')) {
        let own = |cell: &Field| cell.value.as_deref().is_some_and(|v| bare_item(v) == bare_item(item));
        let mut rows = record.rows("cells").iter().filter(|r| r.get("item").is_some_and(own));
        return rows.next()?.iter().find(|(k, _)| bare_item(k) == bare_item(column))?.1.value.clone();
    }
    let mut parts = key.split('.');
    match (record.entries.get(parts.next()?)?, parts.next(), parts.next()) {
        (Entry::One(f), None, _) => f.value.clone(),
        (Entry::Many(v), index, _) => v.get(index.map_or(Some(0), |i| i.parse().ok())?)?.value.clone(),
        (Entry::Rows { rows }, Some(row), Some(column)) => {
            rows.get(row.parse::<usize>().ok()?)?.get(column)?.value.clone()
        }
        _ => None,
    }
}

fn page_of(recorded: &Value) -> PageStructure {
    let page = recorded.pointer("/pages/0").filter(|p| p.get("lines").is_some_and(|l| !l.is_null()));
    let mut page: PageStructure =
        page.and_then(|p| serde_json::from_value(p.clone()).ok()).unwrap_or_default();
    if page.lines.is_empty() {
        page.lines = serde_json::from_value(recorded["lines"].clone()).unwrap_or_default();
    }
    if page.key_values.is_empty() {
        let documents = recorded["documents"].as_array().into_iter().flatten();
        let pairs = documents.flat_map(|d| d["key_values"].as_array().into_iter().flatten());
        page.key_values = pairs.filter_map(|kv| serde_json::from_value(kv.clone()).ok()).collect();
    }
    if page.codes.is_empty() {
        page.codes = serde_json::from_value(recorded["codes"].clone()).unwrap_or_default();
    }
    page
}

/// The outlines of the cards and papers on the picture beside the ground truth.
fn pieces_beside(truth: &Path) -> Vec<Quad> {
    let picture = ["jpg", "png"].map(|e| truth.with_extension(e)).into_iter().find(|p| p.exists());
    let image = picture.and_then(|p| image::open(p).ok());
    image.map_or_else(Vec::new, |i| luru::structure::pieces(&i.to_rgb8()))
}

/// A small generator of pseudo-random numbers (xorshift), so that runs repeat.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> f32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 40) as f32 / (1_u64 << 24) as f32
    }
}

/// The page as another camera would see it: turned, slanted, and without some of the boxes that
/// hold nothing but labels.
fn disturb(page: &mut PageStructure, size: (u32, u32), truth: &Value, seed: u64) {
    let mut chance = Chance(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    let values: Vec<String> = truth["fields"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|f| f["text"].as_str())
        .flat_map(|t| t.lines().map(plain).collect::<Vec<_>>())
        .collect();
    let valued = |text: &str| {
        let text = plain(text);
        values.iter().any(|v| !v.is_empty() && (text.contains(v.as_str()) || v.contains(&text)))
    };
    page.lines.retain(|l| valued(&l.text) || chance.next() > 0.12);
    let (w, h) = (size.0 as f32, size.1 as f32);
    let quarter = (chance.next() * 4.0) as usize % 4;
    let (w2, h2) = if quarter.is_multiple_of(2) { (w, h) } else { (h, w) };
    let mut corners = Quad::from_rect(0.0, 0.0, w2, h2);
    for corner in &mut corners.0 {
        corner.x += 0.07 * w * (chance.next() - 0.5);
        corner.y += 0.07 * h * (chance.next() - 0.5);
    }
    let target = corners.rolled(quarter);
    if let Some(view) = Homography::between(&Quad::from_rect(0.0, 0.0, w, h), &target) {
        see(page, &view);
    }
}

/// Moves all that is on the page.
fn see(page: &mut PageStructure, view: &Homography) {
    for line in &mut page.lines {
        line.quad = line.quad.map(|p| view.apply(p));
        for c in &mut line.chars {
            c.quad = c.quad.map(|p| view.apply(p));
        }
    }
    for kv in &mut page.key_values {
        kv.key_quad = kv.key_quad.map(|p| view.apply(p));
        kv.value_quad = kv.value_quad.map(|q| q.map(|p| view.apply(p)));
    }
    for seal in &mut page.seals {
        seal.quad = seal.quad.map(|p| view.apply(p));
    }
    for code in &mut page.codes {
        code.quad = code.quad.map(|p| view.apply(p));
    }
}

/// Sheets of several documents, each turned its own way, put together from recorded pages of one
/// document each: `LURU_MIX` is the seed, the other variables are those of [`score_recorded_lines`].
#[test]
#[ignore = "needs a corpus and recorded lines, named by LURU_CORPUS and LURU_LINES"]
fn score_mixed_sheets() {
    let corpus = env::var("LURU_CORPUS").expect("LURU_CORPUS names the ground truth");
    let folder = env::var("LURU_LINES").expect("LURU_LINES names the recorded lines");
    let seed: u64 = env::var("LURU_MIX").ok().and_then(|s| s.parse().ok()).unwrap_or(1);
    let misses = env::var("LURU_MISSES").is_ok();
    let aliases: Value = env::var("LURU_ALIASES")
        .ok()
        .and_then(|p| serde_json::from_str(&fs::read_to_string(p).ok()?).ok())
        .unwrap_or_default();
    let (registry, _) = Registry::load(env::var_os("LURU_KINDS_DIR").map(PathBuf::from).as_deref());
    let mut chance = Chance(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    let mut pages: Vec<(String, String, PageStructure, Quad, Value)> = Vec::new();
    for path in truths(&corpus) {
        let Some(recorded) = lines_of(&path, &folder) else { continue };
        let truth: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        let Some(kind) = truth["kind"].as_str() else { continue };
        let want = aliases[kind].as_str().unwrap_or(kind).to_owned();
        let place: Option<Quad> = serde_json::from_value(truth["location"].clone()).ok();
        let (Some(place), Some(spec)) = (place, registry.get(&want)) else { continue };
        if spec.identify.whole_page || truth["documents"].is_array() {
            continue;
        }
        let recorded: Value = serde_json::from_str(&fs::read_to_string(recorded).unwrap()).unwrap();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        pages.push((name, want, page_of(&recorded), place, truth));
    }
    for i in (1..pages.len()).rev() {
        pages.swap(i, (chance.next() * (i + 1) as f32) as usize % (i + 1));
    }
    let (mut count, mut found_at) = (Count::default(), 0);
    // Four to a sheet, each in a field of its own.
    let side = 1500.0;
    for sheet in pages.chunks(4) {
        let mut whole = PageStructure::default();
        let mut places = Vec::new();
        for (i, (_, _, page, place, _)) in sheet.iter().enumerate() {
            let (x, y) = (side * (i % 2) as f32, side * (i / 2) as f32);
            let (w, h) = (place.width(), place.height());
            let quarter = (chance.next() * 4.0) as usize % 4;
            let (w2, h2) = if quarter.is_multiple_of(2) { (w, h) } else { (h, w) };
            let scale = 0.92 * side / w2.max(h2);
            let mut target = Quad::from_rect(0.0, 0.0, scale * w2, scale * h2);
            for corner in &mut target.0 {
                corner.x += x + 0.04 * side * chance.next();
                corner.y += y + 0.04 * side * chance.next();
            }
            let target = target.rolled(quarter);
            let Some(view) = Homography::between(place, &target) else { continue };
            let mut page = page.clone();
            see(&mut page, &view);
            whole.lines.append(&mut page.lines);
            whole.codes.append(&mut page.codes);
            whole.seals.append(&mut page.seals);
            whole.key_values.append(&mut page.key_values);
            places.push(target);
        }
        let size = (2 * side as u32, 2 * side as u32);
        let found = classify(&whole, size, &registry, &KindChoice::Auto);
        for ((name, want, _, _, truth), place) in sheet.iter().zip(&places) {
            let best = found.iter().max_by(|a, b| a.location.iou(place).total_cmp(&b.location.iou(place)));
            let best = best.filter(|d| d.location.iou(place) >= 0.5);
            count.files += 1;
            found_at += usize::from(best.is_some());
            count.kind_right += usize::from(best.is_some_and(|d| d.kind == *want));
            if best.is_none_or(|d| d.kind != *want) {
                let all: Vec<&str> = found.iter().map(|d| d.kind.as_str()).collect();
                println!("kind  {name}: {:?} for {want} of {all:?}", best.map(|d| &d.kind));
            }
            let record = best.and_then(|d| {
                let view = DocumentView { page: &whole, found: d, size };
                Some(extract(&view, registry.get(&d.kind)?, &mut NoSecondReading))
            });
            compare(name, truth, record.as_ref(), &mut count, misses);
        }
    }
    println!(
        "found {found_at}/{}; kind right {}; fields {}/{} {:.1}",
        count.files,
        count.kind_right,
        count.right,
        count.fields,
        percent(count.right, count.fields)
    );
}

#[derive(Default)]
struct Count {
    files: usize,
    kind_right: usize,
    fields: usize,
    right: usize,
}

fn truths(folders: &str) -> Vec<PathBuf> {
    let walk = folders.split(':').flat_map(|f| walkdir::WalkDir::new(f).sort_by_file_name());
    let files = walk.filter_map(Result::ok).map(|e| e.path().to_owned());
    files.filter(|p| p.extension().is_some_and(|e| e == "json")).collect()
}

fn lines_of(truth: &Path, folder: &str) -> Option<PathBuf> {
    let stem = truth.file_stem()?.to_string_lossy().into_owned();
    let names = ["jpg", "png", "jpeg", "bmp", "tif", "webp", "pdf", "ofd"]
        .map(|e| Path::new(folder).join(format!("{stem}.{e}.json")));
    names.into_iter().find(|p| p.exists())
}

/// Counts the true values that the record has.
fn compare(name: &str, truth: &Value, record: Option<&Record>, count: &mut Count, misses: bool) {
    let mut wanted: Vec<(String, String)> = Vec::new();
    for field in truth["fields"].as_array().into_iter().flatten() {
        let (Some(key), Some(text)) = (field["key"].as_str(), field["text"].as_str()) else { continue };
        match wanted.iter_mut().find(|w| w.0 == key) {
            Some(w) => w.1 += text,
            None => wanted.push((key.to_owned(), text.to_owned())),
        }
    }
    if let Some(t) = truth["type"].as_str().filter(|_| !wanted.iter().any(|w| w.0 == "type")) {
        let got = record.and_then(|r| r.value("type"));
        if misses && got.is_some_and(|v| v != t) {
            println!("type  {name}: {got:?} for {t}");
        }
    }
    for (key, text) in wanted.into_iter().filter(|w| !plain(&w.1).is_empty()) {
        let value = record.and_then(|r| value_at(r, &key));
        count.fields += 1;
        if value.as_ref().is_some_and(|v| same(&text, v)) {
            count.right += 1;
        } else if misses {
            println!("miss  {name} | {key} | {text:?} | {}", value.unwrap_or_else(|| "-".into()));
        }
    }
}

#[test]
#[ignore = "needs a corpus and recorded lines, named by LURU_CORPUS and LURU_LINES"]
fn score_recorded_lines() {
    let corpus = env::var("LURU_CORPUS").expect("LURU_CORPUS names the ground truth");
    let folder = env::var("LURU_LINES").expect("LURU_LINES names the recorded lines");
    let only = env::var("LURU_KINDS").unwrap_or_default();
    let misses = env::var("LURU_MISSES").is_ok();
    let aliases: Value = env::var("LURU_ALIASES")
        .ok()
        .and_then(|p| serde_json::from_str(&fs::read_to_string(p).ok()?).ok())
        .unwrap_or_default();
    let folder_of_kinds = env::var_os("LURU_KINDS_DIR").map(PathBuf::from);
    let (registry, errors) = Registry::load(folder_of_kinds.as_deref());
    for error in &errors {
        println!("{error}");
    }
    let mut counts: BTreeMap<(String, String), Count> = BTreeMap::new();
    let (mut pages, mut micros) = (0_u128, 0_u128);
    for path in truths(&corpus) {
        let Some(recorded) = lines_of(&path, &folder) else { continue };
        let truth: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        let Some(kind) = truth["kind"].as_str() else { continue };
        if !only.is_empty() && !only.split(',').any(|k| k == kind) {
            continue;
        }
        let recorded: Value = serde_json::from_str(&fs::read_to_string(recorded).unwrap()).unwrap();
        let mut page = page_of(&recorded);
        if env::var("LURU_TRUE_CODES").is_ok() {
            page.codes = serde_json::from_value(truth["codes"].clone()).unwrap_or_default();
        }
        if env::var("LURU_PIECES").is_ok() {
            page.pieces = pieces_beside(&path);
        }
        let size = (
            recorded["width"].as_u64().unwrap_or(1000) as u32,
            recorded["height"].as_u64().unwrap_or(1000) as u32,
        );
        if let Some(seed) = env::var("LURU_DISTURB").ok().and_then(|s| s.parse::<u64>().ok()) {
            disturb(&mut page, size, &truth, seed + pages as u64);
        }
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let want = aliases[kind].as_str().unwrap_or(kind);
        let start = Instant::now();
        let found = classify(&page, size, &registry, &KindChoice::Auto);
        let read = |d: &FoundDocument| {
            let view = DocumentView { page: &page, found: d, size };
            Some(extract(&view, registry.get(&d.kind)?, &mut NoSecondReading))
        };
        let mode = truth["mode"].as_str().unwrap_or("real").to_owned();
        if let Some(documents) = truth["documents"].as_array() {
            if misses {
                let all: Vec<&str> = found.iter().map(|d| d.kind.as_str()).collect();
                println!(
                    "sheet {name}: {all:?} for {} documents; {} pieces",
                    documents.len(),
                    page.pieces.len()
                );
            }
            for document in documents {
                let kind = document["kind"].as_str().unwrap_or("");
                let want = aliases[kind].as_str().unwrap_or(kind);
                if registry.get(want).is_none() {
                    continue;
                }
                let place: Quad = serde_json::from_value(document["location"].clone()).unwrap();
                let best =
                    found.iter().max_by(|a, b| a.location.iou(&place).total_cmp(&b.location.iou(&place)));
                let best = best.filter(|d| d.location.iou(&place) >= 0.5);
                let count = counts.entry((kind.to_owned(), "mixed".into())).or_default();
                count.files += 1;
                count.kind_right += usize::from(best.is_some_and(|d| d.kind == want));
                if best.is_none_or(|d| d.kind != want) {
                    println!("kind  {name}: {:?} for {want}", best.map(|d| &d.kind));
                }
                compare(&name, document, best.and_then(read).as_ref(), count, misses);
            }
            continue;
        }
        let best = found.iter().find(|d| d.kind == want).or(found.first());
        let record = best.and_then(read);
        pages += 1;
        micros += start.elapsed().as_micros();
        let got = best.map_or("nothing", |d| d.kind.as_str());
        // A kind that has no file yet must go to the open kind.
        let open = registry.open().map_or("", |k| k.id.as_str());
        let expected = if registry.get(want).is_some() { want } else { open };
        let count = counts.entry((kind.to_owned(), mode)).or_default();
        count.files += 1;
        let right = got == expected && found.len() == 1;
        count.kind_right += usize::from(right);
        if !right {
            let all: Vec<&str> = found.iter().map(|d| d.kind.as_str()).collect();
            println!("kind  {name}: {all:?} ({:.2}) for {expected}", best.map_or(0.0, |d| d.confidence));
        }
        if expected == want {
            compare(&name, &truth, record.as_ref(), count, misses);
        }
    }
    let mut by_kind: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    let mut by_mode: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for ((kind, mode), c) in &counts {
        if c.fields > 0 {
            println!(
                "{kind:34} {mode:10} {:3} files  {:5}/{:5} fields {:6.1}",
                c.files,
                c.right,
                c.fields,
                percent(c.right, c.fields)
            );
            for sum in [by_kind.entry(kind).or_default(), by_mode.entry(mode).or_default()] {
                *sum = (sum.0 + c.right, sum.1 + c.fields);
            }
        }
    }
    for (name, (right, all)) in by_kind.iter().chain(&by_mode) {
        println!("{name:34} {right:5}/{all:5} {:6.1}", percent(*right, *all));
    }
    let files: usize = counts.values().map(|c| c.files).sum();
    let kinds: usize = counts.values().map(|c| c.kind_right).sum();
    println!("kind right: {kinds}/{files}; {:.2} ms a page", micros as f64 / 1000.0 / pages.max(1) as f64);
}

fn percent(part: usize, whole: usize) -> f64 {
    100.0 * part as f64 / whole.max(1) as f64
}
