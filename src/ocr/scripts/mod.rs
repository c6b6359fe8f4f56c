//! Scripts that the recognition network cannot read: noticing them, finding out which they are,
//! and reading their lines with Tesseract, where it is installed.
//!
//! Pages in Chinese, Japanese and Latin script pay nothing but a look at their readings; nothing
//! that goes wrong here costs more than these lines: they stay as the network read them, and a
//! notice says why.

mod figures;
mod merge;
mod suspects;
mod table;

use std::{cmp::Ordering, collections::HashMap, path::PathBuf, sync::atomic::AtomicBool};

use image::{RgbImage, imageops};

use self::table::{Pack, SCRIPTS, Script, VIETNAMESE};
use super::{
    OcrError, TextLine,
    recognition::ReadChar,
    tesseract::{Print, Tesseract, TesseractError, Word},
};
use crate::{components, geometry::Quad};

/// So many lines, the longest of the doubtful ones, are shown to the packs …
const SAMPLE: usize = 5;
/// … first only so many of them, which tell most packs apart in half the time.
const SCREENED: usize = 2;
/// … up to this many line heights of each, some twenty letters.
const SAMPLE_RATIO: u32 = 12;
/// A script is told by at least this many of its letters: a number plate has three and more.
const MIN_LETTERS: usize = 3;
/// A sibling's pack (Russian for Ukrainian) reads this much less surely than the right one.
const SIBLING: f32 = 0.15;
/// Single lines of the right script are read at most this much less surely than a script is told by:
/// the Thai pack sees Thai in Cyrillic and Khmer lines with up to 0.73.
const UNSURE: f32 = 0.08;
/// Where more than this share of the lines that may hold a script are read in it …
const HOME_SHARE: f32 = 0.5;
/// … the others are read at most this much less surely than it is told by, which says little of a single
/// line: of 43 Khmer and 40 Amharic lines that were read with few or no wrong letters confidences reached
/// from 0.11 and 0.50 to 0.96.
const UNSURE_AT_HOME: f32 = 0.35;
/// … and stand as they do, unless they are read so much more surely the other way up. Thai upside down was
/// read with 0.89 once, the line's proper reading with 0.57.
const STANDS_ALIKE: f32 = 0.35;
/// A page's scripts; more would be noise read as text.
const MAX_SCRIPTS: usize = 3;

/// Reads foreign scripts; remembers the last one, which the next page probably has too.
#[derive(Debug, Default)]
pub struct Scripts {
    recent: Option<Choice>,
    /// The program as it was when last asked for its packs.
    tesseract: Option<Tesseract>,
}

/// A script and the pack that reads it best.
#[derive(Debug, Clone, Copy)]
struct Choice {
    script: &'static Script,
    pack: &'static Pack,
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
            put_in(&read, line, choice.script);
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
        put_in(&read, lines, &VIETNAMESE);
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
            let mut sample = suspects::doubtful(lines);
            if sample.is_empty() {
                break;
            }
            let count = sample.len();
            sample.sort_by(|&a, &b| suspects::ratio(&lines[b]).total_cmp(&suspects::ratio(&lines[a])));
            sample.truncate(SAMPLE);
            let crops: Vec<RgbImage> =
                sample.iter().filter_map(|&i| pictures.crops.get(i)).map(beginning).collect();
            let Some((choice, side)) = self.identify(tesseract, &crops, cancel)? else {
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

    /// The script of the lines, its best pack, the one that reads them surely, and which way up
    /// most of them stand.
    fn identify(
        &self,
        tesseract: &Tesseract,
        crops: &[RgbImage],
        cancel: &AtomicBool,
    ) -> Result<Option<(Choice, Side)>, TesseractError> {
        let turned: Vec<RgbImage> = crops.iter().map(imageops::rotate180).collect();
        let evidence = |choice: Choice, count: usize| -> Result<Evidence, TesseractError> {
            let pictures: Vec<&RgbImage> =
                crops.iter().take(count).chain(turned.iter().take(count)).collect();
            let read = tesseract.read(&pictures, choice.pack.name, Print::Soft, cancel)?;
            let (upright, turned) = read.split_at(pictures.len() / 2);
            Ok(Evidence::of(upright, turned, choice.script))
        };
        let few = SCREENED.min(crops.len());
        let recent = self.recent.filter(|c| c.script != &VIETNAMESE && tesseract.has(c.pack.name));
        if let Some(recent) = recent
            && evidence(recent, few)?.sure_lines == few
        {
            let found = evidence(recent, crops.len())?;
            if found.sure_lines * 2 > crops.len() {
                return Ok(Some((recent, found.side)));
            }
        }
        let mut screened: Vec<(Choice, Evidence)> = Vec::new();
        for script in &SCRIPTS {
            let mut packs = script.packs.iter().filter(|p| tesseract.has(p.name));
            let Some(pack) = packs.next() else { continue };
            let choice = Choice { script, pack };
            let found = evidence(choice, few)?;
            screened.push((choice, found));
            // A wrong pack never reads most lines surely: no need to ask the others.
            if found.sure_lines == few {
                break;
            }
        }
        screened.retain(|(_, found)| found.weight > 0.0);
        screened.sort_by(|(_, a), (_, b)| b.order(a));
        let mut best: Option<(Choice, Evidence)> = None;
        for (choice, _) in screened {
            let found = evidence(choice, crops.len())?;
            if best.as_ref().is_none_or(|(_, b)| found.order(b).is_gt()) {
                best = Some((choice, found));
            }
            if found.sure_lines * 2 > crops.len() {
                break;
            }
        }
        let Some((mut choice, mut most)) = best.filter(|(_, b)| b.weight > 0.0) else { return Ok(None) };
        // The script is told; among its languages the surest pack counts.
        let Choice { script, pack: first } = choice;
        for pack in script.packs.iter().filter(|p| tesseract.has(p.name) && *p != first) {
            let sibling = Choice { script, pack };
            let found = evidence(sibling, crops.len())?;
            if found.weight > most.weight {
                (choice, most) = (sibling, found);
            }
        }
        Ok((most.sure_letters >= MIN_LETTERS).then_some((choice, most.side)))
    }
}

/// The start of a line, enough to tell its script.
fn beginning(crop: &RgbImage) -> RgbImage {
    let width = crop.width().min(crop.height() * SAMPLE_RATIO);
    imageops::crop_imm(crop, 0, 0, width, crop.height()).to_image()
}

/// Which way up a line's picture stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Side {
    #[default]
    Upright,
    Turned,
}

impl Side {
    fn other(self) -> Self {
        match self {
            Self::Upright => Self::Turned,
            Self::Turned => Self::Upright,
        }
    }
}

/// How well a pack reads lines.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Evidence {
    /// Letters of the script, by their confidence, on lines that are not read much worse than surely.
    weight: f32,
    /// Lines of the script that are read surely, and the script's letters on them.
    sure_lines: usize,
    sure_letters: usize,
    /// How most of these letters stand.
    side: Side,
}

impl Evidence {
    /// What is read surely tells more than any amount of letters that are not: the Thai pack sees
    /// more letters in upside-down Ukrainian lines, none of them surely, than the Russian pack in the upright ones.
    fn order(&self, other: &Self) -> Ordering {
        self.sure_lines.cmp(&other.sure_lines).then(self.weight.total_cmp(&other.weight))
    }

    /// Of the two readings of each line the better one counts.
    fn of(upright: &[Vec<Word>], turned: &[Vec<Word>], script: &Script) -> Self {
        let mut sum = Self::default();
        let mut turned_weight = 0.0;
        let weigh = |words: &[Word]| {
            let confidence = merge::confidence(words);
            let letters = merge::letters(words, script);
            let weight = if confidence >= script.sure - SIBLING { letters as f32 * confidence } else { 0.0 };
            (weight, confidence, letters)
        };
        for (a, b) in upright.iter().zip(turned) {
            let (a, b) = (weigh(a), weigh(b));
            let (weight, confidence, letters) = if b.0 > a.0 { b } else { a };
            sum.weight += weight;
            if b.0 > a.0 {
                turned_weight += weight;
            }
            if confidence >= script.sure && letters > 0 {
                sum.sure_lines += 1;
                sum.sure_letters += letters;
            }
        }
        sum.side = if turned_weight * 2.0 > sum.weight { Side::Turned } else { Side::Upright };
        sum
    }
}

/// What Tesseract made of a line; `reading` is `None` if it holds nothing of the script.
#[derive(Debug, Clone)]
struct Reread {
    /// The line's index.
    line: usize,
    reading: Option<TextLine>,
}

impl Reread {
    fn is_sure(&self, script: &Script) -> bool {
        self.reading.as_ref().is_some_and(|r| r.confidence >= script.sure && !suspects::is_sparse(r))
    }
}

/// Which way most lines of a page stand, if most of those that may hold a script are surely in it.
struct Home {
    /// Reading directions in degrees.
    angles: Vec<f32>,
}

impl Home {
    fn of(read: &[Reread], script: &Script) -> Option<Self> {
        let sure = read.iter().filter(|r| r.is_sure(script));
        let angles: Vec<f32> = sure.filter_map(|r| r.reading.as_ref()).map(|l| l.quad.angle()).collect();
        (angles.len() as f32 > HOME_SHARE * read.len() as f32).then_some(Self { angles })
    }

    fn stands_alike(&self, quad: &Quad) -> bool {
        let alike = self.angles.iter().filter(|a| (**a - quad.angle()).to_radians().cos() > 0.0);
        alike.count() * 2 > self.angles.len()
    }

    /// Whether a reading is better than another of the same line: one that stands as most lines do may be less sure.
    fn prefers(&self, one: &TextLine, other: &TextLine) -> bool {
        let worth = |l: &TextLine| {
            let bonus = if self.stands_alike(&l.quad) { STANDS_ALIKE } else { 0.0 };
            l.confidence + bonus
        };
        worth(one) > worth(other)
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
    let indexes = |of: &[Reread], wanted: &dyn Fn(&Reread) -> bool| -> Vec<usize> {
        of.iter().filter(|r| wanted(r)).map(|r| r.line).collect()
    };
    let again = indexes(&first, &|r| !r.is_sure(script) || !stands_alike(r));
    // The network that tells which way up a line stands does not know these scripts.
    let second = readers.read(choice, side.other(), Print::Soft, lines, &again)?;
    let any_sure = first.iter().chain(&second).any(|r| r.is_sure(script));
    let Some(home) = home else {
        put_in(&first, lines, script);
        put_in(&second, lines, script);
        return Ok(any_sure);
    };
    // A pack's confidence in one line varies with its print: what is unsure gets one more try.
    let is_unsure = |i: &usize| !first.iter().chain(&second).any(|r| r.line == *i && r.is_sure(script));
    let unsure: Vec<usize> = again.into_iter().filter(is_unsure).collect();
    let mut all = readers.read(choice, side, Print::Sharp, lines, &unsure)?;
    all.extend(readers.read(choice, side.other(), Print::Sharp, lines, &unsure)?);
    all.extend(first);
    all.extend(second);
    put_in_at_home(&best_of_each(all, &home), lines, script);
    Ok(any_sure)
}

/// The best reading of each line.
fn best_of_each(read: Vec<Reread>, home: &Home) -> Vec<(usize, TextLine)> {
    let mut best: HashMap<usize, TextLine> = HashMap::new();
    for Reread { line, reading } in read {
        let Some(reading) = reading else { continue };
        if best.get(&line).is_none_or(|other| home.prefers(&reading, other)) {
            best.insert(line, reading);
        }
    }
    best.into_iter().collect()
}

/// Puts in the readings of lines of a page that is in the script: what the network doubts gives way to less
/// sure ones than elsewhere.
fn put_in_at_home(best: &[(usize, TextLine)], lines: &mut [TextLine], script: &Script) {
    for (line, other) in best {
        let Some(line) = lines.get_mut(*line) else { continue };
        let letters = other.text.chars().filter(|&c| script.has(c)).count();
        let is_of_script = letters * 2 > other.text.chars().filter(|c| !c.is_whitespace()).count();
        let least = script.sure - UNSURE_AT_HOME;
        let replaces = suspects::is_doubtful(line) && is_of_script && other.confidence >= least;
        if replaces || is_better(other, line, script) {
            *line = other.clone();
        }
    }
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
            let mut stretches = figures::stretches(&crops, &read, script);
            let pictures: Vec<RgbImage> =
                stretches.iter_mut().map(|s| std::mem::take(&mut s.picture)).collect();
            figures::put_in(&stretches, (self.network)(&pictures)?, &mut read);
        }
        let reread = |((line, quad, _), words): (&(usize, Quad, RgbImage), Vec<Word>)| Reread {
            line: *line,
            reading: lines.get(*line).and_then(|l| merge::merged(l, quad, &words, script, pack)),
        };
        Ok(asked.iter().zip(read).map(reread).collect())
    }
}

/// Puts in the readings that are better than the lines that stand.
fn put_in(read: &[Reread], lines: &mut [TextLine], script: &Script) {
    for Reread { line, reading } in read {
        let (Some(line), Some(other)) = (lines.get_mut(*line), reading) else { continue };
        if is_better(other, line, script) {
            *line = other.clone();
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

/// No installed pack reads the lines: the notice for the page, if one that is missing could.
fn unknown_script(
    tesseract: &Tesseract,
    crops: &[RgbImage],
    count: usize,
    cancel: &AtomicBool,
) -> Result<Option<String>, TesseractError> {
    let detected = tesseract.script_of(&crops.iter().collect::<Vec<_>>(), cancel)?;
    let detected = |script: &&Script| detected.as_deref().is_some_and(|d| script.detected_as.contains(&d));
    if let Some(script) = SCRIPTS.iter().find(detected) {
        let missing = script.packs.iter().all(|p| !tesseract.has(p.name));
        return Ok(missing.then(|| pack_missing(Some(tesseract), script)));
    }
    let missing: Vec<&Script> = SCRIPTS
        .iter()
        .filter(|s| s.wanted().next().is_some_and(|_| s.wanted().all(|p| !tesseract.has(p.name))))
        .collect();
    if missing.is_empty() {
        return Ok(None);
    }
    let names = |name: fn(&Script) -> &str, between: &str| {
        missing.iter().map(|s| name(s)).collect::<Vec<_>>().join(between)
    };
    let command = install(missing.iter().filter_map(|s| s.wanted().next()));
    Ok(Some(format!(
        "有 {count} 行文字未能识别，可能是尚未安装的文字（{}），请安装 / {count} lines could not be read and may be in a script that is not installed ({}), install it: {command}",
        names(|s| s.zh, "、"),
        names(|s| s.en, ", "),
    )))
}

fn pack_missing(tesseract: Option<&Tesseract>, script: &Script) -> String {
    let packs = script.packs.iter().take(1);
    let command = if tesseract.is_some() { install(packs) } else { install_with_program(packs) };
    format!(
        "本页有{}，缺少其识别组件，请安装 / this page holds {} text, whose language pack is missing, install it: {command}",
        script.zh, script.en
    )
}

fn program_missing(count: usize) -> String {
    let command = install_with_program(SCRIPTS.iter().filter_map(|s| s.wanted().next()));
    format!(
        "有 {count} 行文字未能识别，可能不是中文、日文或拉丁字母，需安装 Tesseract 及相应语言包，例如 / {count} lines could not be read and may be neither Chinese, Japanese nor Latin, install Tesseract and the packs of their languages, such as: {command}"
    )
}

/// The command that installs packs on Debian and Ubuntu; elsewhere their names tell what to look for.
fn install<'a>(packs: impl Iterator<Item = &'a Pack>) -> String {
    let packages: Vec<String> = packs.map(Pack::package).collect();
    format!("sudo apt install {}", packages.join(" "))
}

fn install_with_program<'a>(packs: impl Iterator<Item = &'a Pack>) -> String {
    install(packs).replacen("install ", "install tesseract-ocr ", 1)
}

/// Whether a script can be read on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScriptReport {
    pub zh: &'static str,
    pub en: &'static str,
    /// Installed packs, by Tesseract's names.
    pub installed: Vec<&'static str>,
    /// The command that installs what is missing, if anything that Luru recommends is.
    pub remedy: Option<String>,
}

/// What Tesseract can read here beside the network's own scripts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TesseractReport {
    pub program: Option<PathBuf>,
    pub scripts: Vec<ScriptReport>,
}

/// Looks which of the scripts that the network cannot read Tesseract can: for `luru doctor`.
pub fn report_scripts() -> Result<TesseractReport, String> {
    let program = components::tesseract();
    let asked = program.as_deref().map(|p| Tesseract::at(p, &AtomicBool::new(false))).transpose();
    let tesseract = asked.map_err(|e| e.to_string())?;
    let has = |pack: &&Pack| tesseract.as_ref().is_some_and(|t| t.has(pack.name));
    let scripts = SCRIPTS.iter().chain([&VIETNAMESE]).filter_map(|script| {
        let missing: Vec<&Pack> = script.wanted().filter(|p| !has(p)).collect();
        let installed: Vec<&'static str> = script.packs.iter().filter(has).map(|p| p.name).collect();
        let remedy = match &tesseract {
            _ if missing.is_empty() => None,
            Some(_) => Some(install(missing.into_iter())),
            None => Some(install_with_program(missing.into_iter())),
        };
        let report = ScriptReport { zh: script.zh, en: script.en, installed, remedy };
        (report.remedy.is_some() || !report.installed.is_empty()).then_some(report)
    });
    Ok(TesseractReport { scripts: scripts.collect(), program })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ocr::CharReading;

    fn word(text: &str, confidence: f32) -> Word {
        Word { text: text.into(), left: 0.0, right: 1.0, confidence }
    }

    #[test]
    fn the_right_pack_is_the_one_that_reads_surely() {
        let script = |en: &str| SCRIPTS.iter().find(|s| s.en == en).expect("a known script");
        // One line as it stands and turned.
        let of = |upright: Word, turned: Word, en: &str| {
            Evidence::of(&[vec![upright]], &[vec![turned]], script(en))
        };
        let right = of(word("протокол", 0.96), word("vояожоdu", 0.4), "Cyrillic");
        assert_eq!((right.sure_lines, right.sure_letters, right.side), (1, 8, Side::Upright));
        assert_eq!(
            of(word("x", 0.4), word("протокол", 0.96), "Cyrillic"),
            Evidence { side: Side::Turned, ..right }
        );
        let sibling = of(word("протокол", 0.78), word("x", 0.4), "Cyrillic");
        assert!(sibling.weight > 0.0 && sibling.weight < right.weight && sibling.sure_letters == 0);
        // As measured: Thai letters seen in Khmer lines, with less than 0.7.
        let khmer = of(word("កំណត់ហេតុ", 0.75), word("ក", 0.3), "Khmer");
        let thai = of(word("กำหนดเหตุ", 0.69), word("ก", 0.3), "Thai");
        assert!(khmer.sure_lines == 1 && thai == Evidence::default());
        // Long unsure lines of a wrong pack against a short sure one of the right pack.
        let unsure = of(word(&"ก".repeat(60), 0.75), word("ก", 0.3), "Thai");
        assert!(unsure.weight > right.weight && right.order(&unsure).is_gt());
        assert!(unsure.order(&thai).is_gt() && right.order(&right).is_eq());
        // Noise: read badly, or without a letter of the script, or not at all.
        assert_eq!(of(word("ж", 0.3), word("ж", 0.2), "Cyrillic"), Evidence::default());
        assert_eq!(of(word("Latin", 0.99), word("x", 0.2), "Cyrillic"), Evidence::default());
        assert_eq!(Evidence::of(&[vec![]], &[vec![]], script("Cyrillic")), Evidence::default());
    }

    #[test]
    fn at_home_unsure_readings_count_if_they_stand_as_the_others() {
        let script = SCRIPTS.iter().find(|s| s.en == "Ethiopic").expect("a known script");
        let place = |i: usize| Quad::from_rect(0.0, 40.0 * i as f32, 200.0, 40.0 * i as f32 + 30.0);
        let line = |quad: Quad, confidence: f32| TextLine {
            text: "ይቋረጣል".into(),
            quad,
            confidence,
            language: Some("am".into()),
            ..TextLine::default()
        };
        let reading =
            |i: usize, quad: Quad, confidence: f32| Reread { line: i, reading: Some(line(quad, confidence)) };
        let sure: Vec<Reread> = (0..3).map(|i| reading(i, place(i), 0.93)).collect();
        let mut read = sure.clone();
        for i in [3, 4] {
            read.push(reading(i, place(i).rolled(2), 0.84));
        }
        let home = Home::of(&read, script).expect("most lines are read surely");
        assert!(Home::of(&read[2..], script).is_none());
        read.extend([reading(3, place(3), 0.55), reading(4, place(4), 0.45)]);
        let best = best_of_each(read, &home);
        let network =
            TextLine { text: "5U 8U".into(), confidence: 0.6, quad: place(9), ..TextLine::default() };
        let mut lines = vec![network; 5];
        lines[0].confidence = 0.98;
        lines[0].text = "ID-Card".into();
        lines[0].chars = "ID-Card"
            .chars()
            .zip(0_u8..)
            .map(|(char, i)| CharReading {
                char,
                quad: place(9).slice(f32::from(i) / 7.0, f32::from(i + 1) / 7.0),
                confidence: 0.98,
            })
            .collect();
        put_in_at_home(&best, &mut lines, script);
        let after: Vec<(f32, f32)> = lines.iter().map(|l| (l.quad.angle(), l.confidence)).collect();
        // What the network reads well stays; the last is too unsure upright.
        assert_eq!(after, [(0.0, 0.98), (0.0, 0.93), (0.0, 0.93), (0.0, 0.55), (180.0, 0.84)]);
    }

    #[test]
    fn notices_name_the_script_and_the_command() {
        let thai = SCRIPTS.iter().find(|s| s.en == "Thai").expect("a known script");
        let notice = pack_missing(None, thai);
        assert!(notice.contains("泰文") && notice.contains("Thai text"));
        assert!(notice.ends_with("sudo apt install tesseract-ocr tesseract-ocr-tha"));
        assert!(program_missing(7).contains("tesseract-ocr-rus tesseract-ocr-ara"));
    }
}
