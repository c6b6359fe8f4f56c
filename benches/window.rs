//! The window's own work for a frame, without a graphics card: 5,000 boxes on a page of
//! 8192 × 8192 pixels while panning and zooming; and a batch of 3,000 pages while its queue is scrolled
//! and searched and a value typed. `cargo bench --bench window`.
//!
//! Prints the median and the 99th percentile over many different frames, which a mean would hide;
//! asked for are less than 8 ms.

#![allow(clippy::expect_used, reason = "a bench fails by panicking")]

use std::{
    collections::VecDeque,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use criterion::Criterion;
use eframe::{
    App as _,
    egui::{
        self, Event as Input, Key, Modifiers, MouseWheelSource, MouseWheelUnit, PointerButton, Pos2,
        RawInput, Rect, TouchPhase, pos2, vec2,
    },
};
use image::RgbImage;
use luru::{
    classify::FoundDocument,
    extract::{Entry, Field, Record, State},
    geometry::Quad,
    kind::Registry,
    ocr::TextLine,
    review::{Document, DocumentState, FileId, PageReading, Session, Timings},
    structure::PageStructure,
    ui::{App, CjkFont, Engine, Language, Parts, Settings},
    worker::{Event, Job, JobId},
};

/// Of the batch, and lines on each.
const PAGES: usize = 3000;
const LINES: usize = 60;
const SIDE: u32 = 8192;
const BOXES: usize = 5000;
const FRAMES: usize = 1200;
const SCREEN: Rect = Rect { min: Pos2::ZERO, max: pos2(1920.0, 1080.0) };

/// Gives the page's picture when it is asked for.
struct Picture {
    image: Arc<RgbImage>,
    events: VecDeque<Event>,
}

impl Engine for Picture {
    fn send(&mut self, job: Job) -> JobId {
        if let Job::Show { input, page } = job {
            let image = Ok(self.image.clone());
            self.events.push_back(Event::PageImage { input, page, image });
        }
        1
    }
    fn cancel(&mut self) {}
    fn pause(&mut self, _paused: bool) {}
    fn prefer(&mut self, _path: &Path, _page: usize) {}
    fn poll(&mut self) -> Option<Event> {
        self.events.pop_front()
    }
    fn restart(&mut self) {}
}

/// A page full of lines, with one document over all of it.
fn session() -> Session {
    let (registry, _) = Registry::load(None);
    let mut session = Session::new(Arc::new(registry));
    let (file, _) = session.add_file(Path::new("plan.png"), None);
    let columns = 50;
    let (width, height) = (SIDE as f32 / columns as f32, SIDE as f32 / (BOXES / columns) as f32);
    let lines: Vec<TextLine> = (0..BOXES)
        .map(|i| {
            let (x, y) = ((i % columns) as f32 * width, (i / columns) as f32 * height);
            let quad = Quad::from_rect(x + 8.0, y + 8.0, x + width - 8.0, y + height - 8.0);
            TextLine { text: format!("第 {i} 行 text"), quad, confidence: 0.9, ..TextLine::default() }
        })
        .collect();
    let location = Quad::from_rect(0.0, 0.0, SIDE as f32, SIDE as f32);
    let open = session.registry().iter().find(|k| k.open).map(|k| k.id.clone()).unwrap_or_default();
    let document = Document {
        found: FoundDocument {
            kind: open,
            confidence: 1.0,
            location,
            lines: (0..BOXES).collect(),
            fit: None,
        },
        pages: vec![1],
        record: Record::default(),
        issues: Vec::new(),
        state: DocumentState::ToReview,
    };
    read(&mut session, file, (SIDE, SIDE), lines, document);
    session
}

/// Puts the one page of a file into the session, as if it had been read.
fn read(
    session: &mut Session,
    file: FileId,
    (width, height): (u32, u32),
    lines: Vec<TextLine>,
    document: Document,
) {
    let structure = PageStructure { lines, ..PageStructure::default() };
    let page = PageReading { page: 1, width, height, structure, ..PageReading::default() };
    session.file_opened(file, 1);
    session.page_done(file, page, vec![document], Timings::default());
    session.file_done(file, None);
}

/// Pages of a batch, a file each, with as much text and as many values as an invoice has.
fn batch() -> Session {
    let (registry, _) = Registry::load(None);
    let kind = registry.iter().filter(|k| !k.open).max_by_key(|k| k.fields.len()).cloned();
    let kind = kind.expect("the built-in kinds");
    let mut session = Session::new(Arc::new(registry));
    for n in 0..PAGES {
        let (file, _) = session.add_file(Path::new(&format!("scan {n:04}.png")), None);
        let lines: Vec<TextLine> = (0..LINES)
            .map(|i| {
                let quad = Quad::from_rect(100.0, 20.0 * i as f32, 900.0, 20.0 * i as f32 + 16.0);
                let text = format!("第 {i} 行 购买方名称 line {} of {n}", i * n);
                TextLine { text, quad, confidence: 0.99, ..TextLine::default() }
            })
            .collect();
        let mut record = Record::default();
        for (i, spec) in kind.fields.iter().filter(|f| !f.many).enumerate() {
            let field = Field {
                value: Some(format!("{}", 100_000 + n * 97 + i)),
                quad: lines.get(i).map(|l| l.quad),
                confidence: 0.98,
                state: State::Ok,
                ..Field::default()
            };
            record.entries.insert(spec.key.clone(), Entry::One(field));
        }
        let location = Quad::from_rect(0.0, 0.0, 1000.0, 1400.0);
        let found = FoundDocument {
            kind: kind.id.clone(),
            confidence: 1.0,
            location,
            lines: (0..LINES).collect(),
            fit: None,
        };
        let document =
            Document { found, pages: vec![1], record, issues: Vec::new(), state: DocumentState::ToReview };
        read(&mut session, file, (1000, 1400), lines, document);
    }
    session
}

struct Desk {
    ctx: egui::Context,
    app: App,
    frame: eframe::Frame,
    seconds: f64,
}

impl Desk {
    fn open(session: Session, side: u32) -> Self {
        let ctx = egui::Context::default();
        let image = Arc::new(RgbImage::from_fn(side, side, |x, y| {
            image::Rgb(if (x / 7 + y / 11) % 9 == 0 { [40; 3] } else { [246; 3] })
        }));
        let mut settings = Settings { language: Some(Language::En), ..Settings::default() };
        settings.overlays.lines = true;
        let parts = Parts {
            session,
            kinds: None,
            engine: Box::new(Picture { image, events: VecDeque::new() }),
            settings,
            settings_path: None,
            profiles: None,
            cjk: CjkFont::Loaded,
            saver: None,
            keeping: luru::ui::Keeping::Kept,
            open_private: Arc::new(|| Ok(())),
        };
        let app = App::new(&ctx, parts).expect("complete texts");
        let mut desk = Self { ctx, app, frame: eframe::Frame::_new_kittest(), seconds: 0.0 };
        // The smaller levels of the page are made on a thread, and tiles come a few a frame.
        let end = Instant::now() + Duration::from_secs(4);
        while Instant::now() < end {
            desk.frame(Vec::new());
            std::thread::sleep(Duration::from_millis(10));
        }
        desk
    }

    /// One frame up to the triangles that a graphics card would get.
    fn frame(&mut self, events: Vec<Input>) -> Duration {
        self.seconds += 1.0 / 60.0;
        let input =
            RawInput { screen_rect: Some(SCREEN), time: Some(self.seconds), events, ..RawInput::default() };
        let (app, frame) = (&mut self.app, &mut self.frame);
        let begun = Instant::now();
        let mut output = self.ctx.run_ui(input, |ui| {
            app.logic(&ui.ctx().clone(), frame);
            app.ui(ui, frame);
        });
        let shapes = std::mem::take(&mut output.shapes);
        let triangles = self.ctx.tessellate(shapes, output.pixels_per_point);
        let took = begun.elapsed();
        assert!(!triangles.is_empty());
        output.drop_without_applying_deltas();
        took
    }
}

/// What a hand does in frame `n`: it zooms in and out at a point that moves, and drags in between.
fn gesture(n: usize) -> Vec<Input> {
    let center = SCREEN.center();
    let turn = n as f32 / 40.0;
    let at = center + 200.0 * vec2(turn.cos(), turn.sin());
    let mut events = vec![Input::PointerMoved(at)];
    let button = |pressed| Input::PointerButton {
        pos: at,
        button: PointerButton::Primary,
        pressed,
        modifiers: Modifiers::NONE,
    };
    match n % 80 {
        0 => events.push(button(true)),
        39 => events.push(button(false)),
        40..60 => events.push(wheel(24.0)),
        60..80 => events.push(wheel(-24.0)),
        _ => {}
    }
    events
}

fn wheel(points: f32) -> Input {
    Input::MouseWheel {
        unit: MouseWheelUnit::Point,
        delta: vec2(0.0, points),
        phase: TouchPhase::Move,
        source: MouseWheelSource::Wheel,
        modifiers: Modifiers::NONE,
    }
}

fn percentile(sorted: &[Duration], share: f64) -> Duration {
    let at = ((sorted.len() as f64 * share).ceil() as usize).clamp(1, sorted.len());
    sorted.get(at - 1).copied().unwrap_or_default()
}

fn tell(what: &str, mut took: Vec<Duration>) {
    took.sort_unstable();
    let millis = |share| percentile(&took, share).as_secs_f64() * 1000.0;
    println!(
        "{what}, {} frames: median {:.2} ms, 99th percentile {:.2} ms, longest {:.2} ms",
        took.len(),
        millis(0.5),
        millis(0.99),
        millis(1.0)
    );
}

/// A key pressed and let go.
fn key(key: Key, modifiers: Modifiers) -> Vec<Input> {
    [true, false]
        .map(|pressed| Input::Key { key, physical_key: None, pressed, repeat: false, modifiers })
        .into()
}

/// The queue of a large batch is scrolled, searched letter by letter, and values are typed.
fn in_a_batch() {
    let mut desk = Desk::open(batch(), 1000);
    let over_queue = Input::PointerMoved(pos2(100.0, 500.0));
    let scroll =
        |n: usize| vec![over_queue.clone(), wheel(if (n / 200).is_multiple_of(2) { -120.0 } else { 120.0 })];
    tell("3,000 pages, the queue scrolled", (0..400).map(|n| desk.frame(scroll(n))).collect());
    let typed =
        |text: &str| -> Vec<Vec<Input>> { text.chars().map(|c| vec![Input::Text(c.to_string())]).collect() };
    desk.frame(key(Key::F, Modifiers::COMMAND | Modifiers::SHIFT));
    desk.frame(Vec::new());
    // A letter is taken in in one frame and its result drawn in the next.
    let two = |desk: &mut Desk, events: Vec<Input>| desk.frame(events) + desk.frame(Vec::new());
    let searched = typed("line 2718 of").into_iter().map(|events| two(&mut desk, events)).collect();
    tell("3,000 pages, a letter of a search", searched);
    desk.frame(key(Key::Escape, Modifiers::NONE));
    desk.frame(key(Key::Tab, Modifiers::NONE));
    desk.frame(Vec::new());
    let edited = typed("20240506202405062024").into_iter().map(|events| two(&mut desk, events)).collect();
    tell("3,000 pages, a letter of a value", edited);
    let confirmed = (0..20).map(|_| two(&mut desk, key(Key::F8, Modifiers::NONE))).collect();
    tell("3,000 pages, a document set aside and the next opened", confirmed);
}

fn main() {
    in_a_batch();
    let mut desk = Desk::open(session(), SIDE);
    let what = format!("{BOXES} boxes on {SIDE} x {SIDE} px");
    tell(&what, (0..FRAMES).map(|n| desk.frame(gesture(n))).collect());
    let mut criterion = Criterion::default().configure_from_args();
    let mut n = 0;
    criterion.bench_function("window frame", |b| {
        b.iter(|| {
            n += 1;
            desk.frame(gesture(n))
        });
    });
    criterion.final_summary();
}
