//! The window's worker with a made-up reader.

use crate::{
    geometry::Quad,
    review::PageReading,
    worker::{
        Input, ReadOptions,
        fake::{ENDLESS, FAILS, FakeReader, page_file},
        reading::{Engines, LoadError},
    },
};

use super::*;

/// A worker and a signal for each event.
struct Desk {
    worker: Worker,
    signal: mpsc::Receiver<()>,
    folder: tempfile::TempDir,
}

impl Desk {
    fn new(engines: Engines) -> Self {
        let (sender, signal) = mpsc::channel();
        let repaint = Arc::new(move || sender.send(()).unwrap_or_default());
        let worker = Worker::start_with(Arc::new(Registry::default()), repaint, engines);
        Self { worker, signal, folder: tempfile::tempdir().expect("a scratch folder") }
    }

    fn working() -> Self {
        Self::new(Engines { ready: || true, load: |_, _| Ok(Box::new(FakeReader)) })
    }

    fn page(&self, width: u32) -> Input {
        page_file(self.folder.path(), width)
    }

    fn read(&mut self, widths: &[u32]) -> JobId {
        let inputs = widths.iter().map(|&width| self.page(width)).collect();
        self.worker.send(Job::Read { inputs, options: ReadOptions::default() })
    }

    /// The next event; waits for it.
    fn next(&self) -> Event {
        self.signal.recv_timeout(Duration::from_secs(60)).expect("an event arrives");
        self.worker.poll().expect("a signal means an event")
    }

    /// The events up to the end of a job, in short.
    fn until_end(&self) -> Vec<String> {
        let mut told = Vec::new();
        loop {
            let event = self.next();
            told.push(short(&event));
            if matches!(event, Event::End { .. }) {
                return told;
            }
        }
    }
}

fn short(event: &Event) -> String {
    match event {
        Event::Begin { job, files } => format!("begin {job}: {files}"),
        Event::FileOpened { file, pages, .. } => format!("opened {file}: {pages}"),
        Event::PageBegin { file, page, .. } => format!("page {file}.{page}"),
        Event::PageDone { file, page, image, .. } => {
            let text: String = page.structure.lines.iter().map(|l| l.text.as_str()).collect();
            let result = page.error.as_ref().map_or(text.as_str(), |_| "error");
            format!("done {file}.{}: {result}{}", page.page, if image.is_some() { "" } else { " blind" })
        }
        Event::FileDone { file, error, .. } => {
            format!("file {file}{}", if error.is_some() { ": error" } else { "" })
        }
        Event::End { job, outcome } => format!("end {job}: {outcome:?}"),
        Event::PageImage { image, .. } => {
            format!("image {}", image.as_ref().map_or(0, |image| image.width()))
        }
        Event::LineRead { line, .. } => {
            format!("line {}", line.as_ref().map_or("error", |line| line.text.as_str()))
        }
        Event::Extracted { document, .. } => match document {
            Ok(document) => format!("extracted {} {:?}", document.found.kind, document.pages),
            Err(_) => "not extracted".to_owned(),
        },
        Event::Notice(sentence) => format!("notice {sentence}"),
        Event::EnginesFailed(sentence) => format!("failed {sentence}"),
    }
}

#[test]
fn a_job_tells_every_step() {
    let mut desk = Desk::working();
    desk.read(&[50, FAILS]);
    let expected = [
        "begin 1: 2",
        "opened 0: 1",
        "page 0.1",
        "done 0.1: 50",
        "file 0",
        "opened 1: 1",
        "page 1.1",
        "done 1.1: error",
        "file 1",
        "end 1: Partial",
    ];
    assert_eq!(desk.until_end(), expected);
}

#[test]
fn files_that_cannot_be_opened_are_named() {
    let mut desk = Desk::working();
    let inputs = vec![Input { path: desk.folder.path().join("missing.png"), password: None }];
    desk.worker.send(Job::Read { inputs, options: ReadOptions::default() });
    assert_eq!(desk.until_end(), ["begin 1: 1", "file 0: error", "end 1: Failed"]);
}

#[test]
fn cancelling_stops_a_page_and_the_jobs_behind_but_no_later_one() {
    let mut desk = Desk::working();
    desk.read(&[ENDLESS, 50]);
    desk.read(&[51]);
    while !matches!(desk.next(), Event::PageBegin { .. }) {}
    desk.worker.cancel();
    assert_eq!(desk.until_end(), ["end 1: Cancelled"]);
    assert_eq!(desk.until_end(), ["begin 2: 1", "end 2: Cancelled"]);
    desk.read(&[52]);
    assert_eq!(desk.until_end().last().map(String::as_str), Some("end 3: Completed"));
}

#[test]
fn a_pause_holds_the_next_page_but_not_short_jobs() {
    let mut desk = Desk::working();
    desk.worker.pause(true);
    desk.read(&[50]);
    while !matches!(desk.next(), Event::FileOpened { .. }) {}
    let input = desk.page(50);
    let quad = Quad::from_rect(0.0, 0.0, 10.0, 10.0);
    desk.worker.send(Job::ReadLine { input, page: 1, quad });
    assert!(short(&desk.next()).starts_with("line"), "no page is begun");
    desk.worker.pause(false);
    assert_eq!(desk.until_end(), ["page 0.1", "done 0.1: 50", "file 0", "end 1: Completed"]);
    // A pause can be stopped for good.
    desk.worker.pause(true);
    desk.read(&[51]);
    while !matches!(desk.next(), Event::FileOpened { .. }) {}
    desk.worker.cancel();
    assert_eq!(desk.until_end(), ["end 3: Cancelled"]);
}

#[test]
fn the_file_on_show_is_read_first_even_from_a_later_job() {
    let mut desk = Desk::working();
    desk.worker.pause(true);
    desk.read(&[50, 51, 52]);
    desk.read(&[60, 61]);
    while !matches!(desk.next(), Event::FileOpened { .. }) {}
    let third = desk.page(52);
    desk.worker.prefer(third.path, 1);
    desk.worker.pause(false);
    let begun = |told: &[String]| -> Vec<String> {
        told.iter().filter(|t| t.starts_with("page") || t.starts_with("begin")).cloned().collect()
    };
    let mut told = desk.until_end();
    told.extend(desk.until_end());
    let expected = ["page 2.1", "page 0.1", "page 1.1", "begin 2: 2", "page 0.1", "page 1.1"];
    assert_eq!(begun(&told), expected);

    desk.worker.pause(true);
    desk.read(&[50, 51]);
    desk.read(&[60, 61]);
    while !matches!(desk.next(), Event::FileOpened { .. }) {}
    let last = desk.page(61);
    desk.worker.prefer(last.path, 1);
    desk.worker.pause(false);
    let mut told = desk.until_end();
    told.extend(desk.until_end());
    assert_eq!(begun(&told), ["begin 4: 2", "page 1.1", "page 0.1", "page 0.1", "page 1.1"]);
}

#[test]
fn pages_are_shown_while_another_is_read() {
    let mut desk = Desk::working();
    desk.read(&[ENDLESS]);
    while !matches!(desk.next(), Event::PageBegin { .. }) {}
    let input = desk.page(77);
    desk.worker.send(Job::Show { input, page: 1 });
    assert_eq!(short(&desk.next()), "image 77");
    desk.worker.cancel();
    assert_eq!(desk.until_end(), ["end 1: Cancelled"]);
}

#[test]
fn lines_are_read_again_and_documents_extracted_anew() {
    let mut desk = Desk::working();
    let (input, quad) = (desk.page(80), Quad::from_rect(0.0, 0.0, 20.0, 10.0));
    desk.worker.send(Job::ReadLine { input: input.clone(), page: 1, quad });
    assert_eq!(short(&desk.next()), "line again 80");
    let page = |page| Arc::new(PageReading { page, width: 80, height: 20, ..PageReading::default() });
    let mut extract = |pages| {
        let (input, kind) = (input.clone(), "some kind".to_owned());
        desk.worker.send(Job::Extract { input, pages, location: quad, kind });
        short(&desk.next())
    };
    assert_eq!(extract(vec![page(1)]), "extracted some kind [1]");
    assert_eq!(extract(vec![page(2), page(3)]), "extracted some kind [2, 3]");
    assert_eq!(extract(Vec::new()), "not extracted");
}

#[test]
fn networks_that_cannot_be_loaded_fail_the_job_with_a_sentence() {
    let load = |_: &AtomicBool, _: &mut dyn FnMut(String)| Err(LoadError::Failed("no models".into()));
    let mut desk = Desk::new(Engines { ready: || false, load });
    desk.read(&[50]);
    assert_eq!(desk.until_end(), ["begin 1: 1", "failed no models", "end 1: Failed"]);
}

#[test]
fn dropping_the_worker_ends_its_threads_though_nobody_listens() {
    let mut desk = Desk::working();
    desk.read(&(50..80).collect::<Vec<_>>());
    desk.signal.recv_timeout(Duration::from_secs(60)).expect("it has begun");
    let worker = desk.worker;
    let Worker { ref ended, .. } = worker;
    assert!(matches!(ended.try_recv(), Err(mpsc::TryRecvError::Empty)), "the threads are running");
    drop(worker);
}
