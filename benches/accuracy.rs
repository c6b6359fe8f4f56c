//! How well pages are read and what their confidences are worth, over a folder of pages with ground truth:
//! `LURU_CORPUS=folder cargo bench --bench accuracy`.
//!
//! Ground truth is `<page>.json` beside the picture: `lines`, each with `text` and `quad` (four corners in
//! page pixels), and `mode`, how the page was scanned. Every character read is held against the printed
//! text at its place; spaces do not count, and compatibility forms are one (NFKC).

#![allow(clippy::expect_used, reason = "a bench fails by panicking")]

use std::{
    collections::BTreeMap,
    env,
    path::{Path, PathBuf},
    sync::{Mutex, atomic::AtomicBool},
};

use luru::{
    components,
    geometry::{Point, Quad},
    ocr::{ModelFiles, ReaderLoader, ReaderSettings, TextLine},
};
use serde::Deserialize;
use unicode_normalization::UnicodeNormalization;

/// Lower ends of the stretches of confidence that the table tells apart.
const STRETCHES: [f32; 8] = [0.0, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.995];
/// A printed line belongs to a line that was read if this much of the smaller one lies in the other.
const SAME_PLACE: f32 = 0.5;

#[derive(Deserialize)]
struct Truth {
    #[serde(default)]
    mode: String,
    #[serde(default)]
    lines: Vec<TruthLine>,
}

#[derive(Deserialize)]
struct TruthLine {
    text: String,
    quad: [[f32; 2]; 4],
}

struct Printed {
    text: Vec<char>,
    quad: Quad,
}

/// Characters read, and those of them that are printed there.
#[derive(Default, Clone, Copy)]
struct Count {
    read: usize,
    right: usize,
}

impl Count {
    fn add(&mut self, right: bool) {
        self.read += 1;
        self.right += usize::from(right);
    }

    fn percent(self) -> f64 {
        100.0 * self.right as f64 / self.read.max(1) as f64
    }
}

#[derive(Default)]
struct Table {
    by_confidence: [Count; STRETCHES.len()],
    by_mode: BTreeMap<String, Count>,
}

/// The form in which characters are compared.
fn plain(text: &str) -> Vec<char> {
    text.nfkc().filter(|c| !c.is_whitespace()).collect()
}

/// For each character of `read` whether it stands in `printed`, in the alignment with the fewest edits.
/// Printed text before and after what was read costs nothing: a line may be read in pieces.
fn right(read: &[char], printed: &[char]) -> Vec<bool> {
    let (n, m) = (read.len(), printed.len());
    let mut cost = vec![vec![0_usize; m + 1]; n + 1];
    for i in 1..=n {
        cost[i][0] = i;
        for j in 1..=m {
            let replaced = cost[i - 1][j - 1] + usize::from(read[i - 1] != printed[j - 1]);
            cost[i][j] = replaced.min(cost[i - 1][j] + 1).min(cost[i][j - 1] + 1);
        }
    }
    let mut out = vec![false; n];
    let (mut i, mut j) = (n, (0..=m).min_by_key(|&j| cost[n][j]).unwrap_or(0));
    while i > 0 && j > 0 {
        let same = read[i - 1] == printed[j - 1];
        if cost[i][j] == cost[i - 1][j - 1] + usize::from(!same) {
            out[i - 1] = same;
            (i, j) = (i - 1, j - 1);
        } else if cost[i][j] == cost[i - 1][j] + 1 {
            i -= 1;
        } else {
            j -= 1;
        }
    }
    out
}

/// What is printed where `line` was read, in its direction.
fn printed_at(line: &TextLine, printed: &[Printed]) -> Vec<char> {
    let [start, end, ..] = line.quad.0;
    let along = |p: Point| (p.x - start.x) * (end.x - start.x) + (p.y - start.y) * (end.y - start.y);
    let mut here: Vec<&Printed> = printed
        .iter()
        .filter(|p| p.quad.intersection_area(&line.quad) > SAME_PLACE * p.quad.area().min(line.quad.area()))
        .collect();
    here.sort_by(|a, b| along(a.quad.center()).total_cmp(&along(b.quad.center())));
    here.into_iter().flat_map(|p| p.text.iter().copied()).collect()
}

impl Table {
    fn count(&mut self, mode: &str, line: &TextLine, printed: &[Printed]) {
        let (mut text, mut confidences) = (Vec::new(), Vec::new());
        for c in &line.chars {
            for plain in plain(&c.char.to_string()) {
                text.push(plain);
                confidences.push(c.confidence);
            }
        }
        for (right, confidence) in right(&text, &printed_at(line, printed)).into_iter().zip(confidences) {
            let stretch = STRETCHES.iter().rposition(|&from| confidence >= from).unwrap_or(0);
            self.by_confidence[stretch].add(right);
            self.by_mode.entry(mode.to_owned()).or_default().add(right);
        }
    }

    fn print(&self) {
        println!("confidence   characters   right");
        for (i, count) in self.by_confidence.iter().enumerate() {
            let to = STRETCHES.get(i + 1).copied().unwrap_or(1.0);
            println!("{:.3}-{to:.3}  {:>10}  {:.2} %", STRETCHES[i], count.read, count.percent());
        }
        let sure = self.by_confidence.iter().zip(STRETCHES).filter(|(_, from)| *from >= 0.95);
        let sure = sure
            .fold(Count::default(), |a, (b, _)| Count { read: a.read + b.read, right: a.right + b.right });
        println!("0.95 and more: {} characters, {:.2} % right", sure.read, sure.percent());
        println!("\nmode         characters   right");
        for (mode, count) in &self.by_mode {
            println!("{mode:<12} {:>10}  {:.2} %", count.read, count.percent());
        }
    }
}

fn main() {
    let Ok(corpus) = env::var("LURU_CORPUS") else {
        println!("LURU_CORPUS names no folder of pages with ground truth: nothing to measure");
        return;
    };
    let truths: Vec<PathBuf> = walkdir::WalkDir::new(corpus)
        .sort_by_file_name()
        .into_iter()
        .filter_map(|entry| Some(entry.ok()?.into_path()))
        .filter(|path| path.extension().is_some_and(|e| e == "json"))
        .collect();
    let found = components::ensure(&mut |notice| eprintln!("{notice}")).expect("components");
    let files = ModelFiles {
        runtime_library: &found.onnx_runtime,
        detection: &found.detection,
        recognition: &found.recognition,
        line_direction: &found.line_direction,
    };
    let loader = ReaderLoader::new(files, ReaderSettings { threads: 1 });
    let (queue, table) = (Mutex::new(truths.iter()), Mutex::new(Table::default()));
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                let mut reader = loader.load().expect("the networks load");
                while let Some(path) = { queue.lock().expect("no reader panics").next() } {
                    measure(path, &mut |image| {
                        reader.read(image, &AtomicBool::new(false)).expect("a page is read").lines
                    })
                    .into_iter()
                    .for_each(|(mode, printed, lines)| {
                        let mut table = table.lock().expect("no reader panics");
                        lines.iter().for_each(|line| table.count(&mode, line, &printed));
                    });
                }
            });
        }
    });
    table.into_inner().expect("no reader panics").print();
}

/// Mode, printed lines and lines read of one page; `None` for JSON files that are no page's truth.
fn measure(
    path: &Path,
    read: &mut dyn FnMut(&image::RgbImage) -> Vec<TextLine>,
) -> Option<(String, Vec<Printed>, Vec<TextLine>)> {
    let truth: Truth = serde_json::from_str(&std::fs::read_to_string(path).ok()?).ok()?;
    let picture = ["jpg", "jpeg", "png", "bmp", "tif", "webp"].map(|e| path.with_extension(e));
    let image = image::open(picture.iter().find(|p| p.exists())?).ok()?.to_rgb8();
    let printed: Vec<Printed> = truth
        .lines
        .into_iter()
        .map(|line| Printed { text: plain(&line.text), quad: Quad(line.quad.map(|[x, y]| Point::new(x, y))) })
        .collect();
    (!printed.is_empty()).then(|| (truth.mode, printed, read(&image)))
}
