//! Scripts that the recognition network cannot read: noticing them, finding out which they are,
//! and reading their lines with Tesseract, where it is installed.
//!
//! Pages in Chinese, Japanese and Latin script pay nothing but a look at their readings; nothing
//! that goes wrong here costs more than these lines: they stay as the network read them, and a
//! notice says why.

mod figures;
mod home;
mod identify;
mod merge;
mod report;
mod suspects;
mod table;

use std::sync::atomic::AtomicBool;

use image::{RgbImage, imageops};

pub use self::report::{ScriptReport, TesseractReport, report_scripts};
use self::{
    home::{Home, Reread, best_of_each, put_in_at_home},
    identify::{Choice, Side, identify, sample},
    report::{pack_missing, program_missing, unknown_script},
    table::{Script, VIETNAMESE},
};
use super::{
    OcrError, TextLine,
    recognition::ReadChar,
    tesseract::{Print, Tesseract, TesseractError, Word},
};
use crate::{components, geometry::Quad};

/// Single lines of the right script are read at most this much less surely than a script is told by:
/// the Thai pack sees Thai in Cyrillic and Khmer lines with up to 0.73.
const UNSURE: f32 = 0.08;
/// A page's scripts; more would be noise read as text.
const MAX_SCRIPTS: usize = 3;

/// Reads foreign scripts; remembers the last one, which the next page probably has too.
#[derive(Debug, Default)]
pub struct Scripts {
    recent: Option<Choice>,
    /// The program as it was when last asked for its packs.
    tesseract: Option<Tesseract>,
}

/// Pictures of a page's lines, [`LINE_HEIGHT`](super::recognition::LINE_HEIGHT) high and standing in
/// their reading direction, and their places, by index.
#[derive(Clone, Copy)]
pub struct LinePictures<'a> {
    pub crops: &'a [RgbImage],
    pub quads: &'a [Quad],
}

/// Reads pictures of single lines with the network.
pub type Network<'a> = &'a mut dyn FnMut(&[RgbImage]) -> Result<Vec<Vec<ReadChar>>, OcrError>;

/// Why lines were not read again.
#[derive(Debug, thiserror::Error)]
enum RereadError {
    #[error(transparent)]
    Tesseract(#[from] TesseractError),
    #[error(transparent)]
    Network(#[from] OcrError),
}

/// What lines are read again with.
struct Readers<'a> {
    tesseract: &'a Tesseract,
    network: Network<'a>,
    pictures: LinePictures<'a>,
    cancel: &'a AtomicBool,
}

impl Scripts {
    /// Reads the lines again that are in a script which the network cannot read. Returns notices
    /// for the page: what is missing or failed. Fails if cancelled, or if the network fails.
    pub fn reread(
        &mut self,
        pictures: LinePictures<'_>,
        lines: &mut [TextLine],
        network: Network<'_>,
        cancel: &AtomicBool,
    ) -> Result<Vec<String>, OcrError> {
        let vietnamese = suspects::is_vietnamese(lines);
        if !vietnamese && suspects::doubtful(lines).is_empty() {
            return Ok(Vec::new());
        }
        let program = components::tesseract();
        let outcome = match program.map(|p| Tesseract::at(&p, cancel)).transpose() {
            Ok(tesseract) => {
                let mut readers =
                    tesseract.as_ref().map(|tesseract| Readers { tesseract, network, pictures, cancel });
                let read = if vietnamese {
                    self.read_vietnamese(readers.as_mut(), lines)
                } else {
                    self.read_scripts(readers.as_mut(), lines)
                };
                self.tesseract = tesseract;
                read
            }
            Err(error) => Err(error.into()),
        };
        match outcome {
            Ok(notice) => Ok(notice.into_iter().collect()),
            Err(RereadError::Network(error)) => Err(error),
            Err(RereadError::Tesseract(TesseractError::Cancelled)) => Err(OcrError::Cancelled),
            Err(RereadError::Tesseract(error)) => Ok(vec![format!(
                "部分文字未能用 Tesseract 识别 / some text could not be read with Tesseract: {error}"
            )]),
        }
    }

    /// Another reading of one line, in the script that was met last. A failure leaves it as it is.
    pub fn reread_line(
        &self,
        crop: &RgbImage,
        line: &mut TextLine,
        network: Network<'_>,
        cancel: &AtomicBool,
    ) {
        let Some(choice) = self.recent.filter(|c| suspects::may_hold(line, c.script)) else { return };
        let Some(tesseract) = &self.tesseract else { return };
        let quad = line.quad;
        let pictures = LinePictures { crops: std::slice::from_ref(crop), quads: &[quad] };
        let mut readers = Readers { tesseract, network, pictures, cancel };
        let line = std::slice::from_mut(line);
        // Any failure was told when the page was read.
        if let Ok(read) = readers.read(choice, Side::Upright, Print::Soft, line, &[0]) {
            put_in(read, line, choice.script);
        }
    }

    fn read_vietnamese(
        &mut self,
        readers: Option<&mut Readers<'_>>,
        lines: &mut [TextLine],
    ) -> Result<Option<String>, RereadError> {
        let Some(pack) = VIETNAMESE.packs.first() else { return Ok(None) };
        let tesseract = readers.as_ref().map(|r| r.tesseract);
        let Some(readers) = readers.filter(|r| r.tesseract.has(pack.name)) else {
            return Ok(Some(pack_missing(tesseract, &VIETNAMESE)));
        };
        let choice = Choice { script: &VIETNAMESE, pack };
        let targets: Vec<usize> =
            (0..lines.len()).filter(|&i| suspects::may_hold(&lines[i], &VIETNAMESE)).collect();
        let read = readers.read(choice, Side::Upright, Print::Sharp, lines, &targets)?;
        put_in(read, lines, &VIETNAMESE);
        self.recent = Some(choice);
        Ok(None)
    }

    fn read_scripts(
        &mut self,
        readers: Option<&mut Readers<'_>>,
        lines: &mut [TextLine],
    ) -> Result<Option<String>, RereadError> {
        let Some(readers) = readers else {
            return Ok(Some(program_missing(suspects::doubtful(lines).len())));
        };
        let Readers { tesseract, pictures, cancel, .. } = *readers;
        for _ in 0..MAX_SCRIPTS {
            let doubtful = suspects::doubtful(lines);
            if doubtful.is_empty() {
                break;
            }
            let count = doubtful.len();
            let crops = sample(doubtful, lines, pictures.crops);
            let Some((choice, side)) = identify(self.recent, tesseract, &crops, cancel)? else {
                return Ok(unknown_script(tesseract, &crops, count, cancel)?);
            };
            let any_sure = read_lines_in(readers, choice, side, lines)?;
            self.recent = Some(choice);
            if !any_sure {
                break;
            }
        }
        Ok(None)
    }
}

/// Reads the lines that may hold a script. Returns whether any was read surely.
fn read_lines_in(
    readers: &mut Readers<'_>,
    choice: Choice,
    side: Side,
    lines: &mut [TextLine],
) -> Result<bool, RereadError> {
    let script = choice.script;
    let targets: Vec<usize> = (0..lines.len()).filter(|&i| suspects::may_hold(&lines[i], script)).collect();
    let first = readers.read(choice, side, Print::Soft, lines, &targets)?;
    let home = Home::of(&first, script);
    let stands_alike = |r: &Reread| {
        r.reading.as_ref().zip(home.as_ref()).is_none_or(|(reading, home)| home.stands_alike(&reading.quad))
    };
    let again: Vec<usize> =
        first.iter().filter(|r| !r.is_sure(script) || !stands_alike(r)).map(|r| r.line).collect();
    // The network that tells which way up a line stands does not know these scripts.
    let second = readers.read(choice, side.other(), Print::Soft, lines, &again)?;
    let any_sure = first.iter().chain(&second).any(|r| r.is_sure(script));
    let Some(home) = home else {
        put_in(first, lines, script);
        put_in(second, lines, script);
        return Ok(any_sure);
    };
    // A pack's confidence in one line varies with its print: what is unsure gets one more try.
    let is_unsure = |i: &usize| !first.iter().chain(&second).any(|r| r.line == *i && r.is_sure(script));
    let unsure: Vec<usize> = again.into_iter().filter(is_unsure).collect();
    let mut all = readers.read(choice, side, Print::Sharp, lines, &unsure)?;
    all.extend(readers.read(choice, side.other(), Print::Sharp, lines, &unsure)?);
    all.extend(first);
    all.extend(second);
    put_in_at_home(best_of_each(all, &home), lines, script);
    Ok(any_sure)
}

impl Readers<'_> {
    /// Reads the lines `targets` with a pack, standing as `side` says.
    fn read(
        &mut self,
        choice: Choice,
        side: Side,
        print: Print,
        lines: &[TextLine],
        targets: &[usize],
    ) -> Result<Vec<Reread>, RereadError> {
        if targets.is_empty() {
            return Ok(Vec::new());
        }
        let stands = |i: &usize| {
            let (crop, quad) = (self.pictures.crops.get(*i)?, self.pictures.quads.get(*i)?);
            Some(match side {
                Side::Upright => (*i, *quad, crop.clone()),
                Side::Turned => (*i, quad.rolled(2), imageops::rotate180(crop)),
            })
        };
        let asked: Vec<(usize, Quad, RgbImage)> = targets.iter().filter_map(stands).collect();
        let crops: Vec<&RgbImage> = asked.iter().map(|(_, _, crop)| crop).collect();
        let Choice { script, pack } = choice;
        let mut read = self.tesseract.read(&crops, pack.name, print, self.cancel)?;
        if !script.resembles_latin {
            let stretches = figures::stretches(&crops, &read, script);
            figures::put_in(&stretches, (self.network)(&stretches.pictures)?, &mut read);
        }
        let reread = |((line, quad, _), words): (&(usize, Quad, RgbImage), Vec<Word>)| Reread {
            line: *line,
            reading: lines.get(*line).and_then(|l| merge::merged(l, quad, &words, script, pack)),
        };
        Ok(asked.iter().zip(read).map(reread).collect())
    }
}

/// Puts in the readings that are better than the lines that stand.
fn put_in(read: Vec<Reread>, lines: &mut [TextLine], script: &Script) {
    for Reread { line, reading } in read {
        let (Some(line), Some(other)) = (lines.get_mut(line), reading) else { continue };
        if is_better(&other, line, script) {
            *line = other;
        }
    }
}

/// Whether Tesseract's reading of a line is to replace the one that stands.
fn is_better(other: &TextLine, line: &TextLine, script: &Script) -> bool {
    // Of two readings by Tesseract, of the line and of the line turned, the one that says more.
    let says = |l: &TextLine| l.confidence * l.text.chars().count() as f32;
    let better = if line.language.is_some() {
        says(other) > says(line)
    } else {
        // Vietnamese replaces a reading that is sure of all but what it left out.
        // What a pack reads surely stands above anything that the network doubts: their measures differ.
        let sure = other.confidence >= script.sure && suspects::is_doubtful(line);
        script == &VIETNAMESE || sure || other.confidence > suspects::standing(line)
    };
    let least = if suspects::is_han(line) { script.sure } else { script.sure - UNSURE };
    better && other.confidence >= least
}
