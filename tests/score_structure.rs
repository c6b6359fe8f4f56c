//! Runs the structure room alone on recorded lines, for development: no page is read again.
//!
//! `LURU_CORPUS` (folders of pages with ground truth, separated by `:`), `LURU_LINES` (folder of
//! `<image file name>.json`, results of `luru recognize`) and `LURU_OUT` (folder for the new results,
//! for the scorer's `--pred`) must be set; `LURU_KINDS` limits it to kinds of the ground truth,
//! `LURU_READ_SEALS=1` loads the networks and reads the text of seals, `LURU_STRIPS` names a folder for
//! the strips they are given.
//! `cargo test --test main score_structure:: -- --ignored --nocapture`.

use std::{
    env, fs,
    path::{Path, PathBuf},
    sync::Mutex,
    time::Instant,
};

use luru::{
    components,
    ocr::{ModelFiles, Reader, ReaderSettings, TextLine},
    structure,
};
use serde_json::{Value, json};

/// The image beside a ground-truth file.
fn image_of(truth: &Path) -> Option<PathBuf> {
    ["jpg", "png", "jpeg", "bmp", "tif", "webp"]
        .map(|e| truth.with_extension(e))
        .into_iter()
        .find(|p| p.exists())
}

fn reader() -> Reader {
    let found = components::locate().unwrap();
    let files = ModelFiles {
        runtime_library: &found.onnx_runtime,
        detection: &found.detection,
        recognition: &found.recognition,
        line_direction: &found.line_direction,
    };
    Reader::load(files, ReaderSettings { threads: 1 }).unwrap()
}

/// Milliseconds that the room took on one page.
fn one(truth: &Path, lines: &str, out: &str, only: &str, reader: &mut Option<Reader>) -> Option<f64> {
    let image_path = image_of(truth)?;
    let name = image_path.file_name()?.to_string_lossy().into_owned();
    let known: Value = serde_json::from_str(&fs::read_to_string(truth).ok()?).ok()?;
    if !only.is_empty() && !only.split(',').any(|k| known["kind"].as_str() == Some(k)) {
        return None;
    }
    let recorded = fs::read_to_string(Path::new(lines).join(format!("{name}.json"))).ok()?;
    let mut result: Value = serde_json::from_str(&recorded).ok()?;
    let page = result.pointer_mut("/pages/0")?;
    let read: Vec<TextLine> = serde_json::from_value(page["lines"].clone()).ok()?;
    let image = image::open(&image_path).ok()?.to_rgb8();
    let start = Instant::now();
    let mut found = structure::analyse(&image, read);
    if let Some(reader) = reader {
        structure::read_seals(&image, &mut found, &mut |strips| {
            let read = reader.read_strips(strips).unwrap();
            if let Ok(folder) = env::var("LURU_STRIPS") {
                for (strip, line) in strips.iter().zip(&read) {
                    let text: String = line.text.chars().filter(|c| c.is_alphanumeric()).take(20).collect();
                    let file = format!("{name}-{}x{}-{text}.png", strip.width(), strip.height());
                    strip.save(Path::new(&folder).join(file)).unwrap();
                }
            }
            read
        });
    }
    let millis = start.elapsed().as_secs_f64() * 1000.0;
    let Value::Object(parts) = serde_json::to_value(&found).ok()? else { return None };
    for (key, value) in parts {
        page[key] = value;
    }
    result["timings_ms"]["structure"] = json!(millis);
    fs::write(Path::new(out).join(format!("{name}.json")), result.to_string()).ok()?;
    Some(millis)
}

#[test]
#[ignore = "needs a corpus and recorded lines, named by LURU_CORPUS, LURU_LINES and LURU_OUT"]
fn write_structure_of_recorded_lines() {
    let variable = |name: &str| env::var(name).unwrap_or_else(|_| panic!("{name} must be set"));
    let (corpus, lines, out) = (variable("LURU_CORPUS"), variable("LURU_LINES"), variable("LURU_OUT"));
    let only = env::var("LURU_KINDS").unwrap_or_default();
    fs::create_dir_all(&out).unwrap();
    let files = corpus.split(':').flat_map(|f| walkdir::WalkDir::new(f).sort_by_file_name());
    let truths: Vec<PathBuf> = files
        .filter_map(Result::ok)
        .map(|e| e.path().to_owned())
        .filter(|p| p.extension().is_some_and(|e| e == "json"))
        .collect();
    let queue = Mutex::new(truths.into_iter());
    let times = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let mut reader = env::var("LURU_READ_SEALS").is_ok().then(reader);
                while let Some(truth) = { queue.lock().unwrap().next() } {
                    times.lock().unwrap().extend(one(&truth, &lines, &out, &only, &mut reader));
                }
            });
        }
    });
    let mut times = times.into_inner().unwrap();
    times.sort_by(f64::total_cmp);
    let at = |share: f64| times.get((times.len() as f64 * share) as usize).copied().unwrap_or_default();
    println!("{} pages, median {:.0} ms, nine tenths below {:.0} ms", times.len(), at(0.5), at(0.9));
}
