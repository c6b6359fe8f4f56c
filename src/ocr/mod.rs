//! Page to text lines: detection, line direction, recognition.
//!
//! Owns the networks that read text. Knows nothing of what the text means.

#[cfg(test)]
mod calibration;
mod components;
mod dashes;
mod detection;
mod direction;
mod han;
mod lines;
mod memory;
mod onnx;
mod overprint;
mod quantization;
mod recognition;
mod scripts;
mod session;
mod stamps;
mod tesseract;
mod text_map;
mod vertical;
mod warp;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Instant,
};

use image::RgbImage;
use serde::{Deserialize, Serialize};

use self::{
    detection::Detector,
    direction::DirectionNetwork,
    recognition::{LINE_HEIGHT, ReadChar, Recognizer},
    scripts::{LinePictures, Scripts},
    session::{Network, Session},
    stamps::Faded,
    warp::Scaler,
};
use crate::fault::BEHIND;
use crate::geometry::Quad;

pub use self::components::min_area_rect;
pub use self::han::simplified;
pub use self::scripts::{ScriptReport, TesseractReport, report_scripts};

/// One line of text as read.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct TextLine {
    pub text: String,
    /// In page pixels, first corner at the start of the text.
    pub quad: Quad,
    /// Mean of the characters' confidences, 0..1.
    pub confidence: f32,
    /// ISO 639-1 code, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub handwritten: bool,
    /// One entry per character of `text`, spaces included.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub chars: Vec<CharReading>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CharReading {
    pub char: char,
    pub quad: Quad,
    /// 0..1.
    pub confidence: f32,
}

/// Why a page cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OcrError {
    #[error(
        "推理运行库无法加载，请运行 luru setup 重新安装组件 / the inference runtime cannot be loaded, run `luru setup` ({path}){BEHIND}{detail}"
    )]
    Runtime { path: PathBuf, detail: String },
    #[error(
        "模型文件损坏，请运行 luru setup 重新安装组件 / the model file is damaged, run `luru setup` ({path}){BEHIND}{detail}"
    )]
    Model { path: PathBuf, detail: String },
    #[error(
        "识别模型缺少字符表，请运行 luru setup 重新安装组件 / the recognition model lacks its alphabet, run `luru setup`"
    )]
    NoAlphabet,
    #[error(
        "推理失败，请重试或减少同时识别的页数 / inference failed, retry or read fewer pages at once: {0}"
    )]
    Inference(String),
    #[error("已取消 / cancelled")]
    Cancelled,
}

/// How a [`Reader`] runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReaderSettings {
    /// Threads inside each network.
    pub threads: usize,
}

/// What was read on one page, in detection order, and how long it took.
#[derive(Debug, Clone, Default)]
pub struct Reading {
    pub lines: Vec<TextLine>,
    pub detect_millis: f64,
    pub recognize_millis: f64,
    /// What the user should know: a script that cannot be read here, and the remedy.
    pub notices: Vec<String>,
}

/// Where the reader's files lie.
#[derive(Debug, Clone, Copy)]
pub struct ModelFiles<'a> {
    pub runtime_library: &'a Path,
    pub detection: &'a Path,
    pub recognition: &'a Path,
    pub line_direction: &'a Path,
}

/// Lines below this mean confidence are noise (the published reader's threshold).
const MIN_CONFIDENCE: f32 = 0.5;
/// A line below this confidence is also read upside down and, if it is a column, character by
/// character; the better reading counts.
const RETRY_CONFIDENCE: f32 = 0.8;

/// The loaded networks. One page at a time; load several to read pages in parallel.
pub struct Reader {
    detector: Detector,
    direction: DirectionNetwork,
    recognizer: Recognizer,
    scaler: Scaler,
    scripts: Scripts,
}

/// Loads readers for pages in parallel, which share what stands idle most of a page's time.
pub struct ReaderLoader<'a> {
    files: ModelFiles<'a>,
    settings: ReaderSettings,
    /// Detection networks by the group of readers that shares them.
    loaded: Mutex<BTreeMap<usize, Arc<Mutex<Session>>>>,
    readers: AtomicUsize,
}

/// Of so few lines on a page each is read upright and upside down (a number plate came out as 9601乙·N).
const LONE_LINES: usize = 2;
/// … and turned round if that reads better by this: 8609 and 6098 are both digits.
const SURER: f32 = 0.05;

/// So many readers share one detection network: it takes a fourth of a page's time and 250 MB.
const READERS_PER_DETECTION: usize = 2;

impl<'a> ReaderLoader<'a> {
    pub fn new(files: ModelFiles<'a>, settings: ReaderSettings) -> Self {
        Self { files, settings, loaded: Mutex::default(), readers: AtomicUsize::new(0) }
    }

    /// One more reader. Its networks are loaded at once, each on a thread of its own.
    pub fn load(&self) -> Result<Reader, OcrError> {
        let group = self.readers.fetch_add(1, Ordering::Relaxed) / READERS_PER_DETECTION;
        let load = |network: Network, model: &Path| {
            Session::load(self.files.runtime_library, network, model, self.settings.threads.max(1))
        };
        let detection = || {
            // Held while it loads: the other reader of the group needs the same.
            let mut loaded = self.loaded.lock().unwrap_or_else(PoisonError::into_inner);
            match loaded.get(&group) {
                Some(session) => Ok(Arc::clone(session)),
                None => {
                    let session = Arc::new(Mutex::new(load(Network::Detection, self.files.detection)?));
                    loaded.insert(group, Arc::clone(&session));
                    Ok(session)
                }
            }
        };
        let (detection, recognition, direction) = std::thread::scope(|scope| {
            let detection = scope.spawn(detection);
            let direction = scope.spawn(|| load(Network::LineDirection, self.files.line_direction));
            let recognition = load(Network::Recognition, self.files.recognition);
            let died = |_| OcrError::Inference("a loading thread ended".into());
            (
                detection.join().unwrap_or_else(|e| Err(died(e))),
                recognition,
                direction.join().unwrap_or_else(|e| Err(died(e))),
            )
        });
        Ok(Reader {
            detector: Detector::new(detection?),
            direction: DirectionNetwork::new(direction?),
            recognizer: Recognizer::new(recognition?)?,
            scaler: Scaler::default(),
            scripts: Scripts::default(),
        })
    }
}

impl Reader {
    /// A reader of its own.
    pub fn load(files: ModelFiles<'_>, settings: ReaderSettings) -> Result<Self, OcrError> {
        ReaderLoader::new(files, settings).load()
    }

    /// Whose kernels run the networks, for people.
    pub fn kernels(&self) -> &'static str {
        self.recognizer.kernels()
    }

    /// Reads a whole page. `cancel` is looked at between the stages and batches.
    pub fn read(&mut self, page: &RgbImage, cancel: &AtomicBool) -> Result<Reading, OcrError> {
        let mut reading = self.read_without_watermark(page, cancel);
        if let Ok(reading) = &mut reading {
            han::simplify(&mut reading.lines);
        }
        memory::give_back();
        if memory::is_too_large() {
            self.detector.renew();
            self.recognizer.renew();
        }
        reading
    }

    fn read_without_watermark(&mut self, page: &RgbImage, cancel: &AtomicBool) -> Result<Reading, OcrError> {
        let mut reading = self.read_once(page, cancel)?;
        let Some(mark) = overprint::watermark(page, &reading.lines) else { return Ok(reading) };
        // Text that a watermark crosses is found and read better without it.
        let clean = mark.taken_from(page);
        let second = self.read_once(&clean, cancel)?;
        let mut index = 0..;
        reading.lines.retain(|_| index.next().is_some_and(|i| !mark.lines.contains(&i)));
        reading.lines = lines::joined(reading.lines, second.lines);
        reading.notices = second.notices;
        reading.detect_millis += second.detect_millis;
        reading.recognize_millis += second.recognize_millis;
        Ok(reading)
    }

    fn read_once(&mut self, page: &RgbImage, cancel: &AtomicBool) -> Result<Reading, OcrError> {
        let start = Instant::now();
        let faded = stamps::faded(page);
        // Print runs together with the rim of a stamp that lies on it.
        let clean = faded.as_ref().map_or(page, |f| &f.page);
        let mut quads = self.detector.detect(clean, &mut self.scaler)?;
        let detect_millis = start.elapsed().as_secs_f64() * 1000.0;
        if cancel.load(Ordering::Relaxed) {
            return Err(OcrError::Cancelled);
        }
        let start = Instant::now();
        let columns = self.turn_to_reading_direction(page, &mut quads)?;
        let (mut lines, notices) = self.read_lines(page, &quads, &columns, cancel)?;
        if let Some(faded) = &faded {
            lines = self.read_under_stamps(page, faded, lines, cancel)?;
        }
        let dashes = dashes::beside(page, &lines);
        lines.extend(dashes);
        let recognize_millis = start.elapsed().as_secs_f64() * 1000.0;
        Ok(Reading { lines, detect_millis, recognize_millis, notices })
    }

    /// The lines, those that a stamp lies on as they read best, with its ink or without.
    fn read_under_stamps(
        &mut self,
        page: &RgbImage,
        faded: &Faded,
        lines: Vec<TextLine>,
        cancel: &AtomicBool,
    ) -> Result<Vec<TextLine>, OcrError> {
        let (stamped, mut rest): (Vec<TextLine>, Vec<TextLine>) =
            lines.into_iter().partition(|l| lines::is_in_question(l) && faded.lies_on(page, &l.quad));
        let quads: Vec<Quad> = stamped.iter().map(|l| l.quad).collect();
        let (again, _) = self.read_lines(&faded.page, &quads, &vec![false; quads.len()], cancel)?;
        rest.extend(lines::without_stamps(stamped, &again));
        Ok(rest)
    }

    /// Reads the one line of text inside `quad` (page pixels, reading direction as its corners say).
    pub fn read_line(&mut self, page: &RgbImage, quad: &Quad) -> Result<TextLine, OcrError> {
        let Some(crop) = recognition::crop(&mut self.scaler, page, quad) else {
            return Ok(TextLine { quad: *quad, ..TextLine::default() });
        };
        let crop = [crop];
        let read = self.recognizer.read(&crop, &AtomicBool::new(false))?;
        let mut line = line(*quad, read.into_iter().next().unwrap_or_default());
        let (recognizer, go_on) = (&mut self.recognizer, AtomicBool::new(false));
        let mut network = |pictures: &[RgbImage]| recognizer.read(pictures, &go_on);
        self.scripts.reread_line(&crop[0], &mut line, &mut network, &go_on);
        Ok(line)
    }

    /// Reads pictures that hold one line each, upright and level; quads are in the picture's pixels.
    pub fn read_strips(&mut self, strips: &[RgbImage]) -> Result<Vec<TextLine>, OcrError> {
        let quad = |s: &RgbImage| Quad::from_rect(0.0, 0.0, s.width() as f32, s.height() as f32);
        let crops: Vec<RgbImage> = strips
            .iter()
            .map(|s| {
                let crop = recognition::crop(&mut self.scaler, s, &quad(s));
                crop.unwrap_or_else(|| RgbImage::new(1, LINE_HEIGHT))
            })
            .collect();
        let read = self.recognizer.read(&crops, &AtomicBool::new(false))?;
        Ok(strips.iter().zip(read).map(|(s, chars)| line(quad(s), chars)).collect())
    }

    /// Turns each quad so that its first edge runs along the text. Returns which quads stand across
    /// the page's lines: they may be columns of upright characters.
    ///
    /// A page's lines nearly all stand one way, and a few of them tell which. Where those differ,
    /// the sheet holds several documents and every line is judged among its neighbours.
    fn turn_to_reading_direction(
        &mut self,
        page: &RgbImage,
        quads: &mut [Quad],
    ) -> Result<Vec<bool>, OcrError> {
        let size = (page.width() as f32, page.height() as f32);
        let lines_are_columns = direction::lines_are_columns(quads);
        let tall = direction::tall(quads, lines_are_columns);
        for (quad, _) in quads.iter_mut().zip(&tall).filter(|(_, tall)| **tall) {
            // Reading upwards: the first corner is the lower left one.
            *quad = quad.rolled(3);
        }
        for class in [false, true] {
            let members: Vec<usize> = (0..quads.len()).filter(|&i| tall[i] == class).collect();
            let voters = direction::voters(quads, &members, size);
            let votes = self.votes(page, quads, &voters)?;
            let turned = match direction::agreed(&votes) {
                Some(upside_down) => vec![upside_down; members.len()],
                None => {
                    let mut known: BTreeMap<usize, f32> = voters.into_iter().zip(votes).collect();
                    let able = |i: &usize| direction::may_vote(&quads[*i]) && !known.contains_key(i);
                    let others: Vec<usize> = members.iter().copied().filter(able).collect();
                    let votes = self.votes(page, quads, &others)?;
                    known.extend(others.into_iter().zip(votes));
                    let group: Vec<Quad> = members.iter().map(|&i| quads[i]).collect();
                    let vote = |(at, i): (usize, &usize)| known.get(i).map(|&p| (at, p));
                    let votes: Vec<(usize, f32)> = members.iter().enumerate().filter_map(vote).collect();
                    direction::by_neighbours(&group, &votes, size)
                }
            };
            for (&i, _) in members.iter().zip(turned).filter(|(_, turned)| *turned) {
                quads[i] = quads[i].rolled(2);
            }
        }
        Ok(tall.into_iter().map(|t| t != lines_are_columns).collect())
    }

    /// Probability that each of the chosen lines stands upside down.
    fn votes(&mut self, page: &RgbImage, quads: &[Quad], chosen: &[usize]) -> Result<Vec<f32>, OcrError> {
        let crop = |&i: &usize| {
            let crop = self.scaler.crop(page, &quads[i], direction::HEIGHT);
            crop.unwrap_or_else(|| RgbImage::new(1, direction::HEIGHT))
        };
        let crops: Vec<RgbImage> = chosen.iter().map(crop).collect();
        self.direction.upside_down(&crops)
    }

    fn read_lines(
        &mut self,
        page: &RgbImage,
        quads: &[Quad],
        columns: &[bool],
        cancel: &AtomicBool,
    ) -> Result<(Vec<TextLine>, Vec<String>), OcrError> {
        let crops: Vec<RgbImage> = quads
            .iter()
            .map(|q| {
                recognition::crop(&mut self.scaler, page, q).unwrap_or_else(|| RgbImage::new(1, LINE_HEIGHT))
            })
            .collect();
        let read = self.recognizer.read(&crops, cancel)?;
        let mut lines: Vec<TextLine> = quads.iter().zip(read).map(|(q, chars)| line(*q, chars)).collect();

        // Second readings: upside down, as a column.
        let below = |lines: &[TextLine], limit: f32| -> Vec<usize> {
            (0..lines.len()).filter(|&i| lines[i].confidence < limit).collect()
        };
        let mut others: Vec<(usize, Quad, RgbImage)> = Vec::new();
        // One or two characters stand as their neighbours do: `↓` upside down is a good `↑`, `68` a good `89`.
        // A page of one or two lines has no neighbours to ask: they are read both ways.
        let alone = quads.len() <= LONE_LINES;
        let limit = if alone { f32::INFINITY } else { RETRY_CONFIDENCE };
        for i in below(&lines, limit).into_iter().filter(|&i| alone || direction::may_vote(&quads[i])) {
            others.push((i, quads[i].rolled(2), image::imageops::rotate180(&crops[i])));
        }
        let (places, other_crops): (Vec<(usize, Quad)>, Vec<RgbImage>) =
            others.into_iter().map(|(i, quad, crop)| ((i, quad), crop)).unzip();
        for ((i, quad), chars) in places.into_iter().zip(self.recognizer.read(&other_crops, cancel)?) {
            let other = line(quad, chars);
            if lines[i].confidence < RETRY_CONFIDENCE || other.confidence > lines[i].confidence + SURER {
                keep_better(&mut lines[i], other);
            }
        }
        let mut rows: Vec<TextLine> = Vec::new();
        for i in below(&lines, RETRY_CONFIDENCE).into_iter().filter(|&i| columns[i]) {
            // The column as it stands on the page: its first edge is its top.
            let column = quads[i].rolled(1);
            let Some(cells) = vertical::cells(page, &column) else { continue };
            if let Some(values) = vertical::rows(&column, &cells, quads) {
                let crops: Vec<RgbImage> =
                    values.iter().filter_map(|q| recognition::crop(&mut self.scaler, page, q)).collect();
                let read = self.recognizer.read(&crops, cancel)?;
                rows.extend(values.iter().zip(read).map(|(q, chars)| line(*q, chars)));
                lines[i] = TextLine { quad: quads[i], ..TextLine::default() };
            } else {
                let other = self.read_column(page, &column, &cells, cancel)?;
                keep_better(&mut lines[i], other);
            }
        }
        let recognizer = &mut self.recognizer;
        let mut network = |pictures: &[RgbImage]| recognizer.read(pictures, cancel);
        let pictures = LinePictures { crops: &crops, quads };
        let notices = self.scripts.reread(pictures, &mut lines, &mut network, cancel)?;
        lines.extend(rows);
        lines.retain(|l| {
            l.confidence >= MIN_CONFIDENCE && !l.text.trim().is_empty() && !lines::is_ornament(l)
        });
        Ok((lines.into_iter().flat_map(lines::split_at_gaps).collect(), notices))
    }

    /// Reads a `column` whose characters stand upright one below the other in the `cells`; its first edge is
    /// its top.
    fn read_column(
        &mut self,
        page: &RgbImage,
        column: &Quad,
        cells: &[(f32, f32)],
        cancel: &AtomicBool,
    ) -> Result<TextLine, OcrError> {
        let strip = vertical::strip(page, column, cells, LINE_HEIGHT);
        let read = self.recognizer.read(&[strip], cancel)?;
        let chars = read.into_iter().next().unwrap_or_default();
        let count = cells.len() as f32;
        let mut text = line(*column, Vec::new());
        text.confidence = mean_confidence(&chars);
        for c in chars {
            // Characters lie in the strip in equal cells: back to the cell on the page.
            let cell = (((c.from + c.to) / 2.0 * count) as usize).min(cells.len() - 1);
            let (from, to) = cells[cell];
            text.chars.push(CharReading {
                char: c.char,
                quad: vertical::part(column, from, to),
                confidence: c.confidence,
            });
            text.text.push(c.char);
        }
        Ok(text)
    }
}

fn keep_better(line: &mut TextLine, other: TextLine) {
    if other.confidence > line.confidence {
        *line = other;
    }
}

fn mean_confidence(chars: &[ReadChar]) -> f32 {
    if chars.is_empty() {
        return 0.0;
    }
    chars.iter().map(|c| c.confidence).sum::<f32>() / chars.len() as f32
}

/// A line from its characters; spaces at its ends are dropped.
fn line(quad: Quad, chars: Vec<ReadChar>) -> TextLine {
    let is_space = |c: &ReadChar| c.char.is_whitespace();
    let start = chars.iter().position(|c| !is_space(c)).unwrap_or(chars.len());
    let end = chars.iter().rposition(|c| !is_space(c)).map_or(start, |i| i + 1);
    let chars = &chars[start..end];
    TextLine {
        text: chars.iter().map(|c| c.char).collect(),
        quad,
        confidence: mean_confidence(chars),
        language: None,
        handwritten: false,
        chars: chars
            .iter()
            .map(|c| CharReading { char: c.char, quad: quad.slice(c.from, c.to), confidence: c.confidence })
            .collect(),
    }
}
