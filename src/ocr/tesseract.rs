//! Tesseract as a program of the system: one process reads many line pictures with one language
//! pack. Owns the process, its time limit and the parsing of its tables; knows nothing of pages.

use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

use image::{GrayImage, Luma, RgbImage, imageops};

/// White around each line picture in pixels: without it Tesseract drops letters that touch the
/// edge (98.7 % of the characters of 18 drawn pages in nine languages with it, 97.9 % without).
const MARGIN: u32 = 10;
/// Standard deviation in pixels of the Gaussian that softens line pictures of 48 pixels' height, as
/// Tesseract shrinks them to the 36 pixels of its network without a filter. Characters right on the true
/// lines of 18 pages in nine languages without and with it: Amharic 92.5 and 95.3 %, Arabic 93.0 and 97.8,
/// Khmer 99.4 and 99.6, Russian 99.0 and 100, Hindi, Thai and Korean alike, Ukrainian 99.7 and 99.1,
/// Vietnamese 100 and 99.8. Heights from 40 to 96 pixels with the same share of softening read alike.
const SOFTENING: f32 = 1.5;
/// A process may take this long to start and load its pack …
const START_LIMIT: Duration = Duration::from_secs(15);
/// … and this long for each line; usual are 20 to 60 milliseconds.
const LINE_LIMIT: Duration = Duration::from_secs(1);
/// How often a running process is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(5);
/// So much of what a failed process wrote to stderr is shown, in characters.
const SHOWN_STDERR: usize = 200;

/// Why Tesseract gave no reading.
#[derive(Debug, thiserror::Error)]
pub enum TesseractError {
    #[error("无法启动 Tesseract / Tesseract cannot be started: {0}")]
    Start(io::Error),
    #[error("临时文件无法读写 / temporary files cannot be used: {0}")]
    Files(#[from] io::Error),
    #[error(
        "Tesseract 超过 {0} 秒未完成，已停止 / Tesseract did not finish within {0} seconds and was stopped"
    )]
    TimedOut(u64),
    #[error("Tesseract 出错 / Tesseract failed: {0}")]
    Failed(String),
    #[error("已取消 / cancelled")]
    Cancelled,
}

/// How line pictures are given to Tesseract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Print {
    /// Softened: what reads most scripts best.
    Soft,
    /// As they are: for letters with small marks, and as a second try.
    Sharp,
}

/// A word as read.
#[derive(Debug, Clone, PartialEq)]
pub struct Word {
    pub text: String,
    /// Its left and right end as fractions of the line picture's width.
    pub left: f32,
    pub right: f32,
    /// 0..1.
    pub confidence: f32,
}

/// The installed program with its language packs.
#[derive(Debug, Clone)]
pub struct Tesseract {
    program: PathBuf,
    packs: Vec<String>,
}

impl Tesseract {
    /// Asks the program which language packs it has.
    pub fn at(program: &Path, cancel: &AtomicBool) -> Result<Self, TesseractError> {
        let said = run(Command::new(program).arg("--list-langs"), START_LIMIT, cancel)?;
        // A heading, then one pack a line.
        let packs = said.lines().skip(1).map(|l| l.trim().to_owned()).filter(|l| !l.is_empty()).collect();
        Ok(Self { program: program.to_owned(), packs })
    }

    pub fn has(&self, pack: &str) -> bool {
        self.packs.iter().any(|p| p == pack)
    }

    /// The words of each line picture, in logical order, all read by one process.
    pub fn read(
        &self,
        lines: &[&RgbImage],
        pack: &str,
        print: Print,
        cancel: &AtomicBool,
    ) -> Result<Vec<Vec<Word>>, TesseractError> {
        let folder = tempfile::tempdir_in(scratch())?;
        let mut list = String::new();
        for (i, line) in lines.iter().enumerate() {
            let path = folder.path().join(format!("{i}.pgm"));
            let grey = imageops::grayscale(*line);
            let picture = match print {
                Print::Soft => imageops::blur(&grey, SOFTENING),
                Print::Sharp => grey,
            };
            write_grey(&path, &stacked(&[picture]))?;
            list.push_str(&format!("{}\n", path.display()));
        }
        let list_file = folder.path().join("lines.txt");
        fs::write(&list_file, list)?;
        let mut command = Command::new(&self.program);
        command.arg(&list_file).args(["stdout", "-l", pack, "--psm", "7", "--dpi", "300", "tsv"]);
        let table = run(&mut command, limit(lines.len()), cancel)?;
        let widths: Vec<u32> = lines.iter().map(|l| l.width()).collect();
        Ok(words(&table, &widths))
    }

    /// The script that the lines are written in, by Tesseract's own name for it; `None` if it
    /// cannot tell.
    pub fn script_of(
        &self,
        lines: &[&RgbImage],
        cancel: &AtomicBool,
    ) -> Result<Option<String>, TesseractError> {
        if !self.has("osd") {
            return Ok(None);
        }
        let folder = tempfile::tempdir_in(scratch())?;
        let sheet = folder.path().join("sheet.pgm");
        let greys: Vec<GrayImage> = lines.iter().map(|line| imageops::grayscale(*line)).collect();
        write_grey(&sheet, &stacked(&greys))?;
        let mut command = Command::new(&self.program);
        command.arg(&sheet).args(["stdout", "--psm", "0", "--dpi", "300"]);
        match run(&mut command, limit(lines.len()), cancel) {
            Ok(said) => {
                Ok(said.lines().find_map(|l| l.strip_prefix("Script: ")).map(|s| s.trim().to_owned()))
            }
            // "Too few characters": no answer rather than a failure.
            Err(TesseractError::Failed(_)) => Ok(None),
            Err(other) => Err(other),
        }
    }
}

/// Where pictures and texts lie while Tesseract works: in memory where the system has a folder there, so that
/// no page leaves traces on disk.
fn scratch() -> PathBuf {
    crate::components::memory_folder().unwrap_or_else(std::env::temp_dir)
}

fn limit(lines: usize) -> Duration {
    START_LIMIT + LINE_LIMIT * u32::try_from(lines).unwrap_or(u32::MAX).min(3600)
}

/// The lines one below the other on white.
fn stacked(lines: &[GrayImage]) -> GrayImage {
    let width = lines.iter().map(|l| l.width()).max().unwrap_or(1) + 2 * MARGIN;
    let height = lines.iter().map(|l| l.height() + 2 * MARGIN).sum::<u32>().max(1);
    let mut sheet = GrayImage::from_pixel(width, height, Luma([255]));
    let mut top = MARGIN;
    for line in lines {
        imageops::replace(&mut sheet, line, i64::from(MARGIN), i64::from(top));
        top += line.height() + 2 * MARGIN;
    }
    sheet
}

/// Writes a binary PGM: the plainest format that Tesseract reads.
fn write_grey(path: &Path, picture: &GrayImage) -> io::Result<()> {
    let mut file = fs::File::create(path)?;
    write!(file, "P5\n{} {}\n255\n", picture.width(), picture.height())?;
    file.write_all(picture.as_raw())
}

/// The words of Tesseract's TSV table; its pages are the lines, whose pictures are this wide.
///
/// Columns: level (5 is a word), page from 1, block, paragraph, line, word, left, top, width,
/// height, confidence in percent, text.
fn words(table: &str, widths: &[u32]) -> Vec<Vec<Word>> {
    let mut lines = vec![Vec::new(); widths.len()];
    for row in table.lines() {
        let columns: Vec<&str> = row.split('\t').collect();
        let [level, page, _, _, _, _, left, _, width, _, confidence, text] = columns[..] else { continue };
        let number = |s: &str| s.parse::<f32>().ok().filter(|v| v.is_finite());
        let page = page.parse::<usize>().ok().and_then(|p| p.checked_sub(1));
        let (Some(page), Some(left), Some(width), Some(percent)) =
            (page, number(left), number(width), number(confidence))
        else {
            continue;
        };
        let (Some(line), Some(&whole)) = (lines.get_mut(page), widths.get(page)) else { continue };
        if level != "5" || text.trim().is_empty() {
            continue;
        }
        let fraction = |x: f32| ((x - MARGIN as f32) / whole.max(1) as f32).clamp(0.0, 1.0);
        line.push(Word {
            text: text.trim().to_owned(),
            left: fraction(left),
            right: fraction(left + width),
            confidence: (percent / 100.0).clamp(0.0, 1.0),
        });
    }
    lines
}

/// Runs a command to its end and returns what it wrote to stdout.
///
/// Output goes through files, so that no pipe can fill up and block the process.
fn run(command: &mut Command, limit: Duration, cancel: &AtomicBool) -> Result<String, TesseractError> {
    let (mut out, mut err) =
        (tempfile::NamedTempFile::new_in(scratch())?, tempfile::NamedTempFile::new_in(scratch())?);
    let (stdout, stderr) = (out.as_file_mut().try_clone()?, err.as_file_mut().try_clone()?);
    let mut child = without_window(command)
        // One thread: its pages are too small to share, and Luru's own readers run beside it.
        .env("OMP_THREAD_LIMIT", "1")
        .stdin(Stdio::null())
        .stdout(stdout)
        .stderr(stderr)
        .spawn()
        .map_err(TesseractError::Start)?;
    let status = wait(&mut child, limit, cancel);
    if status.is_err() {
        // It may have ended by itself in the meantime; either way it is gone afterwards.
        let _ = child.kill();
        let _ = child.wait();
    }
    if status?.success() {
        return Ok(String::from_utf8_lossy(&fs::read(out.path())?).into_owned());
    }
    let said = fs::read(err.path())?;
    let said = String::from_utf8_lossy(&said).trim().chars().take(SHOWN_STDERR).collect();
    Err(TesseractError::Failed(said))
}

fn wait(child: &mut Child, limit: Duration, cancel: &AtomicBool) -> Result<ExitStatus, TesseractError> {
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        if cancel.load(Ordering::Relaxed) {
            return Err(TesseractError::Cancelled);
        }
        if start.elapsed() > limit {
            return Err(TesseractError::TimedOut(limit.as_secs()));
        }
        thread::sleep(LOOK_EVERY);
    }
}

#[cfg(windows)]
fn without_window(command: &mut Command) -> &mut Command {
    use std::os::windows::process::CommandExt;
    // CREATE_NO_WINDOW: no console flashes up beside the program's window.
    command.creation_flags(0x0800_0000)
}

#[cfg(not(windows))]
fn without_window(command: &mut Command) -> &mut Command {
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_come_by_line_with_their_places() {
        let table = "level\tpage_num\tblock_num\tpar_num\tline_num\tword_num\tleft\ttop\twidth\theight\tconf\ttext\n\
            1\t1\t0\t0\t0\t0\t0\t0\t220\t68\t-1\t\n\
            5\t1\t1\t1\t1\t1\t10\t18\t100\t34\t93.3\tПривет\n\
            5\t1\t1\t1\t1\t2\t120\t18\t95\t34\t41\tмир\n\
            1\t2\t0\t0\t0\t0\t0\t0\t320\t68\t-1\t\n\
            5\t2\t1\t1\t1\t1\t0\t0\t320\t68\t95\t \n\
            5\t3\t1\t1\t1\t1\t160\t0\t50\t68\tnan\tx\n\
            5\t3\t1\t1\t1\t1\t160\t0\t50\t68\t120\tكتاب\n\
            5\t9\t1\t1\t1\t1\t160\t0\t50\t68\t95\tно\n5\tbroken";
        let lines = words(table, &[200, 300, 300]);
        let shown: Vec<_> = lines[0].iter().map(|w| (w.text.as_str(), w.left, w.right)).collect();
        assert_eq!(shown, [("Привет", 0.0, 0.5), ("мир", 0.55, 1.0)]);
        assert!((lines[0][1].confidence - 0.41).abs() < 1e-6);
        assert!(lines[1].is_empty());
        assert_eq!(lines[2].len(), 1);
        assert_eq!(lines[2][0].confidence, 1.0);
    }

    #[test]
    fn lines_stand_on_white_one_below_the_other() {
        let sheet = stacked(&[GrayImage::new(30, 20), GrayImage::new(50, 10)]);
        assert_eq!(sheet.dimensions(), (50 + 2 * MARGIN, 30 + 4 * MARGIN));
        let at = |x, y| sheet.get_pixel(x, y).0[0];
        assert_eq!((at(MARGIN, MARGIN), at(MARGIN + 29, MARGIN + 19), at(MARGIN + 30, MARGIN)), (0, 0, 255));
        assert_eq!((at(MARGIN, 3 * MARGIN + 19), at(MARGIN, 3 * MARGIN + 20)), (255, 0));
        assert_eq!(stacked(&[]).height(), 1);
    }

    #[cfg(unix)]
    mod processes {
        use super::*;

        fn shell(script: &str) -> Command {
            let mut command = Command::new("sh");
            command.args(["-c", script]);
            command
        }

        #[test]
        fn what_a_process_says_comes_back_and_its_failure_too() {
            let go_on = AtomicBool::new(false);
            let limit = Duration::from_secs(60);
            assert_eq!(run(&mut shell("echo 字"), limit, &go_on).unwrap(), "字\n");
            let failed = run(&mut shell("echo no such pack >&2; exit 1"), limit, &go_on);
            assert!(matches!(failed, Err(TesseractError::Failed(said)) if said == "no such pack"));
            let missing = run(&mut Command::new("/no/such/program"), limit, &go_on);
            assert!(matches!(missing, Err(TesseractError::Start(_))));
        }

        #[test]
        fn a_process_that_hangs_is_stopped() {
            let stopped =
                run(&mut shell("exec sleep 600"), Duration::from_millis(20), &AtomicBool::new(false));
            assert!(matches!(stopped, Err(TesseractError::TimedOut(_))));
            let cancelled =
                run(&mut shell("exec sleep 600"), Duration::from_secs(600), &AtomicBool::new(true));
            assert!(matches!(cancelled, Err(TesseractError::Cancelled)));
        }
    }
}
