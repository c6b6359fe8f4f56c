//! Scripts that the recognition network cannot read: noticing them, finding out which they are,
//! and reading their lines with Tesseract, where it is installed.
//!
//! Pages in Chinese, Japanese and Latin script pay nothing but a look at their readings; nothing
//! that goes wrong here costs more than these lines: they stay as the network read them, and a
//! notice says why.

mod merge;
mod suspects;
mod table;

use std::{path::PathBuf, sync::atomic::AtomicBool};

use image::{RgbImage, imageops};

use self::table::{Pack, SCRIPTS, Script, VIETNAMESE};
use super::{
    OcrError, TextLine,
    tesseract::{Tesseract, TesseractError, Word},
};
use crate::{components, geometry::Quad};

/// So many lines, the longest of the doubtful ones, are shown to the packs …
const SAMPLE: usize = 5;
/// … up to this many line heights of each, some twenty letters.
const SAMPLE_RATIO: u32 = 12;
/// A script is told by at least this many of its letters: a number plate has three and more.
const MIN_LETTERS: usize = 3;
/// A sibling's pack (Russian for Ukrainian) reads this much less surely than the right one.
const SIBLING: f32 = 0.15;
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

/// A script and the pack that reads it best.
#[derive(Debug, Clone, Copy)]
struct Choice {
    script: &'static Script,
    pack: &'static Pack,
}

/// Pictures and places of a page's lines, standing in their reading direction, by index.
#[derive(Clone, Copy)]
pub struct LinePictures<'a> {
    pub crops: &'a [RgbImage],
    pub quads: &'a [Quad],
}

impl Scripts {
    /// Reads the lines again that are in a script which the network cannot read. Returns notices
    /// for the page: what is missing or failed. Fails only when cancelled.
    pub fn reread(
        &mut self,
        pictures: LinePictures<'_>,
        lines: &mut [TextLine],
        cancel: &AtomicBool,
    ) -> Result<Vec<String>, OcrError> {
        let vietnamese = suspects::is_vietnamese(lines);
        if !vietnamese && suspects::doubtful(lines).is_empty() {
            return Ok(Vec::new());
        }
        let program = components::tesseract();
        let outcome = match program.map(|p| Tesseract::at(&p, cancel)).transpose() {
            Ok(tesseract) => {
                let read = if vietnamese {
                    self.read_vietnamese(tesseract.as_ref(), pictures, lines, cancel)
                } else {
                    self.read_scripts(tesseract.as_ref(), pictures, lines, cancel)
                };
                self.tesseract = tesseract;
                read
            }
            Err(error) => Err(error),
        };
        match outcome {
            Ok(notice) => Ok(notice.into_iter().collect()),
            Err(TesseractError::Cancelled) => Err(OcrError::Cancelled),
            Err(error) => Ok(vec![format!(
                "部分文字未能用 Tesseract 识别 / some text could not be read with Tesseract: {error}"
            )]),
        }
    }

    /// Another reading of one line, in the script that was met last. A failure leaves it as it is.
    pub fn reread_line(&self, crop: &RgbImage, line: &mut TextLine, cancel: &AtomicBool) {
        let Some(choice) = self.recent.filter(|c| suspects::may_hold(line, c.script)) else { return };
        let Some(tesseract) = &self.tesseract else { return };
        let quad = line.quad;
        let pictures = LinePictures { crops: std::slice::from_ref(crop), quads: &[quad] };
        let line = std::slice::from_mut(line);
        // Any failure was told when the page was read.
        let _ = read_again(tesseract, choice, Side::Upright, pictures, line, &[0], cancel);
    }

    fn read_vietnamese(
        &mut self,
        tesseract: Option<&Tesseract>,
        pictures: LinePictures<'_>,
        lines: &mut [TextLine],
        cancel: &AtomicBool,
    ) -> Result<Option<String>, TesseractError> {
        let Some(pack) = VIETNAMESE.packs.first() else { return Ok(None) };
        let Some(tesseract) = tesseract.filter(|t| t.has(pack.name)) else {
            return Ok(Some(pack_missing(tesseract, &VIETNAMESE)));
        };
        let choice = Choice { script: &VIETNAMESE, pack };
        let targets: Vec<usize> =
            (0..lines.len()).filter(|&i| suspects::may_hold(&lines[i], &VIETNAMESE)).collect();
        read_again(tesseract, choice, Side::Upright, pictures, lines, &targets, cancel)?;
        self.recent = Some(choice);
        Ok(None)
    }

    fn read_scripts(
        &mut self,
        tesseract: Option<&Tesseract>,
        pictures: LinePictures<'_>,
        lines: &mut [TextLine],
        cancel: &AtomicBool,
    ) -> Result<Option<String>, TesseractError> {
        let Some(tesseract) = tesseract else {
            return Ok(Some(program_missing(suspects::doubtful(lines).len())));
        };
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
                return unknown_script(tesseract, &crops, count, cancel);
            };
            let targets: Vec<usize> =
                (0..lines.len()).filter(|&i| suspects::may_hold(&lines[i], choice.script)).collect();
            let unsure = read_again(tesseract, choice, side, pictures, lines, &targets, cancel)?;
            // The network that tells which way up a line stands does not know these scripts.
            let left = read_again(tesseract, choice, side.other(), pictures, lines, &unsure, cancel)?;
            self.recent = Some(choice);
            if left.len() == targets.len() {
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
        let pictures: Vec<&RgbImage> = crops.iter().chain(&turned).collect();
        let evidence = |choice: Choice| -> Result<Evidence, TesseractError> {
            let read = tesseract.read(&pictures, choice.pack.name, cancel)?;
            let (upright, turned) = read.split_at(crops.len().min(read.len()));
            Ok(Evidence::of(upright, turned, choice.script))
        };
        let recent = self.recent.filter(|c| c.script != &VIETNAMESE && tesseract.has(c.pack.name));
        if let Some(recent) = recent {
            let found = evidence(recent)?;
            if found.sure_lines * 2 > crops.len() {
                return Ok(Some((recent, found.side)));
            }
        }
        let mut best: Option<(Choice, Evidence)> = None;
        for script in &SCRIPTS {
            let mut packs = script.packs.iter().filter(|p| tesseract.has(p.name));
            let Some(pack) = packs.next() else { continue };
            let choice = Choice { script, pack };
            let found = evidence(choice)?;
            if best.as_ref().is_none_or(|(_, b)| found.tells_more_than(b)) {
                best = Some((choice, found));
            }
            // A wrong pack never reads most lines surely: no need to ask the others.
            if found.sure_lines * 2 > crops.len() {
                break;
            }
        }
        let Some((mut choice, mut most)) = best.filter(|(_, b)| b.weight > 0.0) else { return Ok(None) };
        // The script is told; among its languages the surest pack counts.
        let Choice { script, pack: first } = choice;
        for pack in script.packs.iter().filter(|p| tesseract.has(p.name) && *p != first) {
            let sibling = Choice { script, pack };
            let found = evidence(sibling)?;
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
    fn tells_more_than(&self, other: &Self) -> bool {
        self.sure_lines.cmp(&other.sure_lines).then(self.weight.total_cmp(&other.weight)).is_gt()
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

/// Reads the lines `targets` with a pack and puts in what is better. Returns those that are still
/// not read surely.
fn read_again(
    tesseract: &Tesseract,
    choice: Choice,
    side: Side,
    pictures: LinePictures<'_>,
    lines: &mut [TextLine],
    targets: &[usize],
    cancel: &AtomicBool,
) -> Result<Vec<usize>, TesseractError> {
    if targets.is_empty() {
        return Ok(Vec::new());
    }
    let stands = |i: &usize| {
        let (crop, quad) = (pictures.crops.get(*i)?, pictures.quads.get(*i)?);
        Some(match side {
            Side::Upright => (*i, *quad, crop.clone()),
            Side::Turned => (*i, quad.rolled(2), imageops::rotate180(crop)),
        })
    };
    let asked: Vec<(usize, Quad, RgbImage)> = targets.iter().filter_map(stands).collect();
    let crops: Vec<&RgbImage> = asked.iter().map(|(_, _, crop)| crop).collect();
    let read = tesseract.read(&crops, choice.pack.name, cancel)?;
    let Choice { script, pack } = choice;
    let mut unsure = Vec::new();
    for ((i, quad, _), words) in asked.iter().zip(read) {
        let Some(line) = lines.get_mut(*i) else { continue };
        let other = merge::merged(line, quad, &words, script, pack);
        if other.as_ref().is_none_or(|o| o.confidence < script.sure || suspects::is_sparse(o)) {
            unsure.push(*i);
        }
        if let Some(other) = other.filter(|other| is_better(other, line, script)) {
            *line = other;
        }
    }
    Ok(unsure)
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
        assert!(unsure.weight > right.weight && right.tells_more_than(&unsure));
        assert!(unsure.tells_more_than(&thai) && !right.tells_more_than(&right));
        // Noise: read badly, or without a letter of the script, or not at all.
        assert_eq!(of(word("ж", 0.3), word("ж", 0.2), "Cyrillic"), Evidence::default());
        assert_eq!(of(word("Latin", 0.99), word("x", 0.2), "Cyrillic"), Evidence::default());
        assert_eq!(Evidence::of(&[vec![]], &[vec![]], script("Cyrillic")), Evidence::default());
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
