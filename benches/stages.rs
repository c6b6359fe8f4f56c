//! Time per stage on the sample pages that ship with the program: `cargo bench`.
//!
//! Brings in the components first if they are not there. Speed lives here, never in tests.

#![allow(clippy::expect_used, reason = "a bench fails by panicking")]

use std::{hint::black_box, path::PathBuf, sync::atomic::AtomicBool};

use criterion::{Criterion, criterion_group, criterion_main};
use image::RgbImage;
use luru::{
    classify::{KindChoice, classify},
    components,
    extract::{DocumentView, NoSecondReading, extract},
    ingest::{OpenOptions, Source},
    kind::Registry,
    ocr::{ModelFiles, Reader, ReaderSettings, TextLine},
    structure::{self, PageStructure},
    validate::{Paper, validate},
};

struct Page {
    name: String,
    path: PathBuf,
    image: RgbImage,
    lines: Vec<TextLine>,
    structure: PageStructure,
}

fn reader(components: &components::Components) -> Reader {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let files = ModelFiles {
        runtime_library: &components.onnx_runtime,
        detection: &components.detection,
        recognition: &components.recognition,
        line_direction: &components.line_direction,
    };
    Reader::load(files, ReaderSettings { threads }).expect("the components load")
}

fn pages(reader: &mut Reader) -> Vec<Page> {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/assets/sample"));
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder)
        .expect("assets/sample is there")
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|x| x == "png" || x == "jpg"))
        .collect();
    paths.sort();
    paths
        .into_iter()
        .map(|path| {
            let mut source = Source::open(&path, &OpenOptions::default()).expect("a sample opens");
            let image = source.decode(1).expect("a sample decodes").image;
            let lines = reader.read(&image, &AtomicBool::new(false)).expect("a sample is read").lines;
            let structure = structure::analyse(&image, lines.clone());
            let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            Page { name, path, image, lines, structure }
        })
        .collect()
}

fn stages(c: &mut Criterion) {
    let components = components::ensure(&mut |notice| eprintln!("{notice}")).expect("components");
    let registry = Registry::builtin();
    let mut reader = reader(&components);
    for page in pages(&mut reader) {
        let mut group = c.benchmark_group(&page.name);
        group.sample_size(10);
        group.bench_function("ingest", |b| {
            b.iter(|| {
                let mut source = Source::open(&page.path, &OpenOptions::default()).expect("opens");
                black_box(source.decode(1).expect("decodes"))
            });
        });
        group.bench_function("ocr", |b| {
            b.iter(|| black_box(reader.read(&page.image, &AtomicBool::new(false)).expect("is read")));
        });
        group.bench_function("structure", |b| {
            b.iter(|| black_box(structure::analyse(&page.image, page.lines.clone())));
        });
        let size = page.image.dimensions();
        let find = || classify(&page.structure, size, &registry, &KindChoice::Auto);
        group.bench_function("classify", |b| b.iter(|| black_box(find())));
        let found = find();
        let records = || {
            found
                .iter()
                .filter_map(|found| {
                    let view = DocumentView { page: &page.structure, found, size };
                    let kind = registry.get(&found.kind)?;
                    Some((kind, extract(&view, kind, &mut NoSecondReading)))
                })
                .collect::<Vec<_>>()
        };
        group.bench_function("extract", |b| b.iter(|| black_box(records())));
        let extracted = records();
        group.bench_function("validate", |b| {
            b.iter(|| {
                for (kind, record) in &extracted {
                    black_box(validate(
                        kind,
                        Paper { codes: &page.structure.codes, ..Paper::default() },
                        &mut record.clone(),
                    ));
                }
            });
        });
        group.finish();
    }
}

criterion_group!(benches, stages);
criterion_main!(benches);
