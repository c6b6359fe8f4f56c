//! Batches with a made-up reader.

use crate::{
    ocr::Reading,
    worker::fake::{FAILS, FakeReader, PANICS, page_file},
};

use super::*;

fn fake() -> Result<Box<dyn TextReader>, OcrError> {
    Ok(Box::new(FakeReader))
}

/// Runs a batch over pages of these widths and returns what was told: (file, reading).
fn run(
    inputs: &[Input],
    jobs: usize,
    cancel: &AtomicBool,
    load: &(dyn Fn() -> Result<Box<dyn TextReader>, OcrError> + Sync),
) -> Result<Vec<(usize, FileReading)>, OcrError> {
    let (registry, options) = (Registry::default(), ReadOptions::default());
    let batch = Batch { inputs, options: &options, pdfium: None, registry: &registry, cancel, load };
    let mut told = Vec::new();
    batch.run(jobs, &mut |event| {
        if let BatchEvent::FileDone { file, reading } = event {
            told.push((file, reading));
        }
    })?;
    Ok(told)
}

fn text(reading: &FileReading) -> String {
    reading.pages.iter().flat_map(|p| &p.structure.lines).map(|l| l.text.as_str()).collect()
}

#[test]
fn results_come_in_the_order_of_the_inputs() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let inputs: Vec<_> = (50..60).map(|width| page_file(folder.path(), width)).collect();
    // The first page is not read before three others are: they must wait for it.
    let others = (Mutex::new(0), Condvar::new());
    struct Slow<'a>(&'a (Mutex<usize>, Condvar));
    impl TextReader for Slow<'_> {
        fn read(&mut self, page: &image::RgbImage, cancel: &AtomicBool) -> Result<Reading, OcrError> {
            let mut others = self.0.0.lock().expect("no reader panics");
            if page.width() == 50 {
                while *others < 3 {
                    others = self.0.1.wait(others).expect("no reader panics");
                }
            } else {
                *others += 1;
                self.0.1.notify_all();
            }
            drop(others);
            FakeReader.read(page, cancel)
        }
        fn read_line(
            &mut self,
            page: &image::RgbImage,
            quad: &crate::geometry::Quad,
        ) -> Result<crate::ocr::TextLine, OcrError> {
            FakeReader.read_line(page, quad)
        }

        fn read_strips(&mut self, strips: &[image::RgbImage]) -> Result<Vec<crate::ocr::TextLine>, OcrError> {
            FakeReader.read_strips(strips)
        }
    }
    let others: &'static _ = Box::leak(Box::new(others));
    let told = run(&inputs, 2, &AtomicBool::new(false), &|| Ok(Box::new(Slow(others)))).expect("loads");
    let texts: Vec<_> = told.iter().map(|(file, reading)| (*file, text(reading))).collect();
    let expected: Vec<_> = (0..10).map(|i| (i, (50 + i).to_string())).collect();
    assert_eq!(texts, expected);
}

#[test]
fn a_bad_page_or_file_costs_only_itself() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let page = |width| page_file(folder.path(), width);
    let missing = Input { path: folder.path().join("missing.png"), password: None };
    let inputs = [page(PANICS), page(FAILS), missing, page(60)];
    let told = run(&inputs, 2, &AtomicBool::new(false), &fake).expect("loads");
    let error = |file: usize| {
        let reading = &told[file].1;
        reading.error.clone().or_else(|| reading.pages.first()?.error.clone()).unwrap_or_default()
    };
    assert!(error(0).contains("no row 7") && error(1).contains("no memory"), "{} {}", error(0), error(1));
    assert!(told[2].1.error.is_some() && told[2].1.pages.is_empty());
    assert_eq!((text(&told[3].1).as_str(), error(3).as_str()), ("60", ""));
    assert_eq!(told[3].1.path, inputs[3].path);
}

#[test]
fn a_stop_keeps_what_is_complete() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let inputs: Vec<_> = (50..60).map(|width| page_file(folder.path(), width)).collect();
    let (registry, options, cancel) = (Registry::default(), ReadOptions::default(), AtomicBool::new(false));
    let batch = Batch {
        inputs: &inputs,
        options: &options,
        pdfium: None,
        registry: &registry,
        cancel: &cancel,
        load: &fake,
    };
    let mut told = Vec::new();
    let result = batch.run(1, &mut |event| {
        if let BatchEvent::FileDone { file, .. } = event {
            told.push(file);
            cancel.store(file == 1, Ordering::Relaxed);
        }
    });
    // The reader may be ahead by the few results that fit into the channel.
    assert!(result.is_ok() && told.starts_with(&[0, 1]) && told.len() < inputs.len(), "{told:?}");
}

#[test]
fn networks_that_cannot_be_loaded_end_the_run() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let inputs = [page_file(folder.path(), 60)];
    let result = run(&inputs, 3, &AtomicBool::new(false), &|| Err(OcrError::NoAlphabet));
    assert!(matches!(result, Err(OcrError::NoAlphabet)));
}

#[test]
fn few_pages_take_few_readers() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let inputs: Vec<_> = (50..53).map(|width| page_file(folder.path(), width)).collect();
    let options = ReadOptions::default();
    assert_eq!(pages_up_to(&inputs[..1], &options, None, 8), 1);
    assert_eq!(pages_up_to(&inputs, &options, None, 8), 3);
    assert_eq!(pages_up_to(&inputs, &options, None, 2), 2);
}
