//! Work that must not hold up the window, each on a thread of its own: dialogs, searching
//! folders, the clipboard, writing exports, opening the file manager.

use std::{
    cell::RefCell,
    path::{Path, PathBuf},
    sync::{Arc, mpsc},
    thread::JoinHandle,
    time::{Duration, Instant},
};

use eframe::egui::{self, ColorImage};

use crate::{
    export::{
        audit_log::{self, Verified},
        rename::{self, Rename},
    },
    fault::{self, BEHIND},
    ingest::{EXTENSIONS, is_supported_extension},
    kind::Registry,
    review::{FileId, Session, store::Saver},
};

use super::{
    export_panel::{self, ExportChoice, Order},
    keeping::{Opened, Pasted},
    template::Trials,
    text::Texts,
};

/// What a task came to.
pub enum Done {
    /// Files to open, and sentences about folders that could not be read.
    Files {
        paths: Vec<PathBuf>,
        trouble: Vec<String>,
    },
    /// The clipboard's picture was saved here; `None` where it holds none.
    Pasted(Result<Option<PathBuf>, String>),
    /// Where to export to.
    Target(ExportChoice, PathBuf),
    /// The folder with the result, and what was exported.
    Exported(Result<PathBuf, String>, Box<Order>),
    /// A file was written: the sentence that says so, and where it lies.
    Saved(Result<(String, PathBuf), String>),
    /// Source files have other names now; sentences for those that could not be renamed.
    Renamed(Vec<(FileId, PathBuf)>, Vec<String>),
    /// An exported audit log was checked.
    Verified(Result<Verified, String>),
    /// The workspace was opened.
    Opened(Box<Opened>),
    /// The workspace was opened with its password, or why not.
    Unlocked(Result<Box<(Saver, Session)>, String>),
    /// The workspace's password was set (`true`) or removed, or why not.
    PasswordChanged(Result<bool, String>),
    /// What a form makes of the open pages.
    Tried(Trials),
    Failed(String),
}

/// Starts tasks and collects what they came to.
pub struct Tasks {
    ctx: egui::Context,
    sender: mpsc::Sender<Done>,
    receiver: mpsc::Receiver<Done>,
    /// Where pasted pictures are put.
    pasted: Pasted,
    /// Threads that rename or export.
    writing: RefCell<Vec<JoinHandle<()>>>,
}

impl Tasks {
    pub fn new(ctx: &egui::Context) -> Self {
        let (sender, receiver) = mpsc::channel();
        Self { ctx: ctx.clone(), sender, receiver, pasted: Pasted::Nowhere, writing: RefCell::default() }
    }

    /// From now on pasted pictures are put there.
    pub fn keep(&mut self, pasted: Pasted) {
        self.pasted = pasted;
    }

    pub fn poll(&self) -> Option<Done> {
        self.receiver.try_recv().ok()
    }

    pub(super) fn start(&self, work: impl FnOnce() -> Option<Done> + Send + 'static) -> JoinHandle<()> {
        let (sender, ctx) = (self.sender.clone(), self.ctx.clone());
        std::thread::spawn(move || {
            if let Some(done) = work() {
                // Without a window nobody waits for the result.
                if sender.send(done).is_ok() {
                    ctx.request_repaint();
                }
            }
        })
    }

    /// [`Self::start`] of work that must not be cut off: [`Self::finish`] waits for it.
    fn start_writing(&self, work: impl FnOnce() -> Option<Done> + Send + 'static) {
        let thread = self.start(work);
        let mut writing = self.writing.borrow_mut();
        writing.retain(|thread| !thread.is_finished());
        writing.push(thread);
    }

    /// At the end: waits for files that are being renamed or exported, and tells what came of them.
    pub fn finish(&self) -> (egui::Context, Vec<Done>) {
        for thread in self.writing.take() {
            // A panic has been reported by its own message; nothing is left to do.
            let _ = thread.join();
        }
        let told = |done: &Done| matches!(done, Done::Renamed(..) | Done::Exported(..));
        (self.ctx.clone(), self.receiver.try_iter().filter(told).collect())
    }

    /// Lets the user choose files, or a folder.
    pub fn choose_inputs(&self, t: &Texts, folder: bool) {
        let title = if folder { &t.open.choose_folder } else { &t.open.choose_files };
        let dialog = rfd::AsyncFileDialog::new().set_title(title);
        if folder {
            let chosen = dialog.pick_folder();
            let no_dialog = t.open.no_dialog.clone();
            self.start(move || match answer(chosen) {
                Answer::Chosen(folder) => Some(collect(vec![folder.path().to_owned()])),
                Answer::Cancelled => None,
                Answer::NoDialog => Some(Done::Failed(no_dialog)),
            });
        } else {
            let picked = dialog.add_filter(&t.open.images, &EXTENSIONS).add_filter("*", &["*"]).pick_files();
            // A dialog that could not be opened may answer with no file at all.
            let chosen = async { picked.await.filter(|files| !files.is_empty()) };
            let no_dialog = t.open.no_dialog.clone();
            self.start(move || match answer(chosen) {
                Answer::Chosen(files) => Some(collect(files.iter().map(|f| f.path().to_owned()).collect())),
                Answer::Cancelled => None,
                Answer::NoDialog => Some(Done::Failed(no_dialog)),
            });
        }
    }

    /// Files as they are (their content decides what they are), folders searched recursively.
    pub fn collect(&self, paths: Vec<PathBuf>) {
        self.start(move || Some(collect(paths)));
    }

    /// Saves the clipboard's picture.
    pub fn paste(&self) {
        let pasted = self.pasted.clone();
        self.start(move || Some(Done::Pasted(from_clipboard(&pasted))));
    }

    /// Saves a picture that came with a paste event.
    pub fn save_pasted(&self, image: Arc<ColorImage>) {
        let pasted = self.pasted.clone();
        self.start(move || {
            let [width, height] = image.size;
            let rgba: Vec<u8> = image.pixels.iter().flat_map(|p| p.to_srgba_unmultiplied()).collect();
            let saved = pasted.folder().and_then(|folder| save_in(folder, rgba, width, height));
            Some(Done::Pasted(saved.map(Some)))
        });
    }

    /// Lets the user choose where to export to.
    pub fn choose_target(&self, t: &Texts, choice: ExportChoice) {
        if choice.format.is_one_file() {
            let dialog = rfd::AsyncFileDialog::new().set_title(&t.export.save_as);
            let chosen = dialog.add_filter("Excel", &["xlsx"]).set_file_name("luru.xlsx").save_file();
            self.start(move || match answer(chosen) {
                Answer::Chosen(file) => Some(Done::Target(choice, with_extension(file.path(), "xlsx"))),
                Answer::Cancelled => None,
                Answer::NoDialog => {
                    Some(Done::Target(choice, free_name(&documents_folder(), "luru", ".xlsx")))
                }
            });
        } else {
            let chosen = rfd::AsyncFileDialog::new().set_title(&t.export.choose_folder).pick_folder();
            self.start(move || match answer(chosen) {
                Answer::Chosen(folder) => Some(Done::Target(choice, folder.path().to_owned())),
                Answer::Cancelled => None,
                Answer::NoDialog => Some(match free_folder() {
                    Ok(folder) => Done::Target(choice, folder),
                    Err(sentence) => Done::Failed(sentence),
                }),
            });
        }
    }

    /// Lets the user choose a name, and has `write` write the file there; it returns a sentence that
    /// says what was done. Without a dialog it is a free name among the user's documents.
    pub fn save_as(
        &self,
        title: &str,
        name: &'static str,
        extension: &'static str,
        write: impl FnOnce(&Path) -> Result<String, String> + Send + 'static,
    ) {
        let dialog = rfd::AsyncFileDialog::new().set_title(title).add_filter(extension, &[extension]);
        let chosen = dialog.set_file_name(format!("{name}.{extension}")).save_file();
        self.start(move || {
            let path = match answer(chosen) {
                Answer::Chosen(file) => with_extension(file.path(), extension),
                Answer::Cancelled => return None,
                Answer::NoDialog => free_name(&documents_folder(), name, &format!(".{extension}")),
            };
            Some(Done::Saved(write(&path).map(|sentence| (sentence, path))))
        });
    }

    /// Renames source files.
    pub fn rename(&self, plan: Vec<Rename>) {
        self.start_writing(move || {
            let (done, trouble) = rename::carry_out(&plan);
            Some(Done::Renamed(done, trouble))
        });
    }

    /// Lets the user choose an exported audit log, and checks it.
    pub fn verify_log(&self, t: &Texts) {
        let picked = rfd::AsyncFileDialog::new()
            .set_title(&t.audit.verify)
            .add_filter("JSON Lines, CSV", &["jsonl", "csv"])
            .pick_file();
        let no_dialog = t.audit.no_dialog.clone();
        self.start(move || match answer(picked) {
            Answer::Chosen(file) => {
                Some(Done::Verified(audit_log::verify_file(file.path()).map_err(|e| e.to_string())))
            }
            Answer::Cancelled => None,
            Answer::NoDialog => Some(Done::Failed(no_dialog)),
        });
    }

    pub fn export(&self, order: Order, registry: Arc<Registry>) {
        self.start_writing(move || {
            let result = export_panel::write(&order, &registry).map_err(|e| e.to_string());
            Some(Done::Exported(result, Box::new(order)))
        });
    }

    /// Tries a form on pages.
    pub fn try_form(&self, work: impl FnOnce() -> Trials + Send + 'static) {
        self.start(move || Some(Done::Tried(work())));
    }

    /// Shows a folder in the system's file manager.
    pub fn open_folder(&self, folder: PathBuf) {
        let program = if cfg!(target_os = "windows") {
            "explorer"
        } else if cfg!(target_os = "macos") {
            "open"
        } else {
            "xdg-open"
        };
        self.start(move || {
            let opened = std::process::Command::new(program).arg(&folder).status();
            let failure = match opened {
                // Explorer answers 1 even when it has opened the folder.
                Ok(status) if status.success() || cfg!(target_os = "windows") => return None,
                Ok(status) => status.to_string(),
                Err(e) => e.to_string(),
            };
            let folder = folder.display();
            Some(Done::Failed(format!(
                "无法打开文件夹，请在文件管理器中打开 {folder}（{failure}） / \
                 the folder cannot be shown: open {folder} in the file manager ({failure})"
            )))
        });
    }
}

/// What became of a dialog.
enum Answer<T> {
    Chosen(T),
    Cancelled,
    /// The system has none: neither a desktop portal nor zenity.
    NoDialog,
}

/// Nobody sees and cancels a dialog this fast; without one the answer comes at once. Reasoned: a dialog is drawn
/// after a tenth of a second or more, and a hand needs a quarter of a second to answer what an eye sees.
const FASTEST_CANCEL: Duration = Duration::from_millis(350);

fn answer<T>(chosen: impl Future<Output = Option<T>>) -> Answer<T> {
    let asked = Instant::now();
    match pollster::block_on(chosen) {
        Some(chosen) => Answer::Chosen(chosen),
        None if !may_have_dialogs() || asked.elapsed() < FASTEST_CANCEL => Answer::NoDialog,
        None => Answer::Cancelled,
    }
}

/// Whether the system may have file dialogs: on Linux they come over the session bus from the
/// desktop portal, or from zenity.
fn may_have_dialogs() -> bool {
    if !cfg!(target_os = "linux") {
        return true;
    }
    let bus = std::env::var_os("DBUS_SESSION_BUS_ADDRESS").is_some()
        || std::env::var_os("XDG_RUNTIME_DIR").is_some_and(|d| Path::new(&d).join("bus").exists());
    let zenity = || {
        let path = std::env::var_os("PATH").unwrap_or_default();
        std::env::split_paths(&path).any(|d| d.join("zenity").is_file())
    };
    bus || zenity()
}

/// Where exports go when no place can be asked for.
fn documents_folder() -> PathBuf {
    let user = directories::UserDirs::new();
    let documents = user.as_ref().and_then(|u| u.document_dir()).filter(|d| d.is_dir());
    documents.or_else(|| user.as_ref().map(|u| u.home_dir())).unwrap_or(Path::new(".")).to_owned()
}

/// `name.xlsx`, or the first free `name (n).xlsx`: nobody has agreed to overwrite anything.
/// Without an extension, a new folder's name.
fn free_name(folder: &Path, name: &str, extension: &str) -> PathBuf {
    let mut path = folder.join(format!("{name}{extension}"));
    let mut n = 2;
    while path.exists() {
        path = folder.join(format!("{name} ({n}){extension}"));
        n += 1;
    }
    path
}

/// A new folder for an export of several files.
fn free_folder() -> Result<PathBuf, String> {
    let folder = free_name(&documents_folder(), "luru", "");
    std::fs::create_dir(&folder).map_err(|e| {
        let (path, fault::Words { zh, en }) = (folder.display(), fault::of_io(&e));
        format!("无法建立文件夹：{zh} / the folder cannot be made: {en} ({path}){BEHIND}{e}")
    })?;
    Ok(folder)
}

/// With the extension where the user gave none.
fn with_extension(path: &Path, extension: &str) -> PathBuf {
    match path.extension() {
        Some(e) if e.eq_ignore_ascii_case(extension) => path.to_owned(),
        _ => {
            let mut name = path.as_os_str().to_owned();
            name.push(".");
            name.push(extension);
            name.into()
        }
    }
}

fn collect(paths: Vec<PathBuf>) -> Done {
    let mut files = Vec::new();
    let mut trouble = Vec::new();
    for path in paths {
        if !path.is_dir() {
            files.push(path);
            continue;
        }
        for entry in walkdir::WalkDir::new(&path).sort_by_file_name() {
            match entry {
                Ok(e) if e.file_type().is_file() && is_known(e.path()) => files.push(e.into_path()),
                Ok(_) => {}
                Err(e) => {
                    let place = e.path().map(|p| p.display().to_string()).unwrap_or_default();
                    let fault::Words { zh, en } =
                        e.io_error().map_or_else(|| fault::of_error(&e), fault::of_io);
                    trouble.push(format!(
                        "有文件夹读不了：{zh} / a folder cannot be read: {en} ({place}){BEHIND}{e}"
                    ));
                }
            }
        }
    }
    Done::Files { paths: files, trouble }
}

fn is_known(path: &Path) -> bool {
    let hidden = path.file_name().is_some_and(|n| n.to_string_lossy().starts_with('.'));
    !hidden && is_supported_extension(path)
}

fn from_clipboard(pasted: &Pasted) -> Result<Option<PathBuf>, String> {
    let unreadable = |e: arboard::Error| {
        format!(
            "剪贴板读不了，请重新复制后再试 / the clipboard cannot be read: copy the picture again{BEHIND}{e}"
        )
    };
    let mut clipboard = arboard::Clipboard::new().map_err(unreadable)?;
    match clipboard.get_image() {
        Ok(image) => {
            let folder = pasted.folder()?;
            save_in(folder, image.bytes.into_owned(), image.width, image.height).map(Some)
        }
        Err(arboard::Error::ContentNotAvailable) => Ok(None),
        Err(e) => Err(unreadable(e)),
    }
}

/// Writes the picture as PNG into the folder and returns its path.
fn save_in(folder: &Path, rgba: Vec<u8>, width: usize, height: usize) -> Result<PathBuf, String> {
    let size = |side| u32::try_from(side).map_err(|_| format!("{width} × {height}"));
    let image = image::RgbaImage::from_raw(size(width)?, size(height)?, rgba)
        .ok_or_else(|| format!("{width} × {height}"))?;
    std::fs::create_dir_all(folder).map_err(|e| fault::message(&e))?;
    let now = time::OffsetDateTime::now_local().unwrap_or_else(|_| time::OffsetDateTime::now_utc());
    let format = time::macros::format_description!("[year][month][day]-[hour][minute][second]");
    let stamp = now.format(&format).map_err(|e| e.to_string())?;
    let named = |n: usize| match n {
        1 => folder.join(format!("{stamp}.png")),
        n => folder.join(format!("{stamp}-{n}.png")),
    };
    let free = (1..).map(named).find(|p| !p.exists());
    let path = free.ok_or_else(|| folder.display().to_string())?;
    image.save(&path).map_err(|e| fault::message(&e))?;
    Ok(path)
}

/// Paths named by pasted text: absolute paths or `file://` addresses, one a line; empty if any
/// line is something else.
pub fn paths_in(text: &str) -> Vec<PathBuf> {
    let lines: Vec<_> = text.lines().map(str::trim).filter(|l| !l.is_empty()).collect();
    let paths: Option<Vec<_>> = lines
        .iter()
        .map(|line| {
            let path = match line.strip_prefix("file://") {
                Some(rest) => PathBuf::from(percent_decoded(rest)),
                None => PathBuf::from(line.trim_matches('"')),
            };
            (path.is_absolute() && path.exists()).then_some(path)
        })
        .collect();
    paths.unwrap_or_default()
}

fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let hex = tail.get(..2).filter(|_| *first == b'%').and_then(|h| std::str::from_utf8(h).ok());
        match hex.and_then(|h| u8::from_str_radix(h, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = tail.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The folder of samples that lies beside the program, or in the checkout that it is run from.
pub fn sample() -> Option<PathBuf> {
    let beside = std::env::current_exe().ok().and_then(|e| Some(e.parent()?.join("sample")));
    let checkout = std::env::current_dir().ok().map(|d| d.join("assets/sample"));
    beside.into_iter().chain(checkout).find(|p| p.is_dir())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_searched_and_named_files_always_taken() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let sub = folder.path().join("sub");
        std::fs::create_dir(&sub).expect("writable");
        for name in ["b.PNG", "a.pdf", "notes.docx", ".hidden.png"] {
            std::fs::write(sub.join(name), b"").expect("writable");
        }
        let odd = sub.join("notes.docx");
        let Done::Files { paths, trouble } = collect(vec![folder.path().to_owned(), odd.clone()]) else {
            panic!("a search ends with files");
        };
        assert_eq!(paths, [sub.join("a.pdf"), sub.join("b.PNG"), odd]);
        assert!(trouble.is_empty());
    }

    #[test]
    fn pasted_pictures_get_names_of_their_own() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let save = || save_in(&folder.path().join("pasted"), vec![255; 4 * 6], 3, 2);
        let (a, b) = (save().expect("writable"), save().expect("writable"));
        assert_ne!(a, b);
        assert_eq!(image::open(a).expect("a PNG").to_rgb8().dimensions(), (3, 2));
        assert!(save_in(folder.path(), vec![0; 3], 3, 2).is_err());
    }

    #[test]
    fn pasted_text_may_name_files() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("发 票.png");
        std::fs::write(&path, b"").expect("writable");
        let address = format!("file://{}", path.display().to_string().replace(' ', "%20"));
        if cfg!(unix) {
            assert_eq!(paths_in(&address), vec![path.clone()]);
        }
        assert_eq!(paths_in(&path.display().to_string()), vec![path.clone()]);
        assert!(paths_in(&format!("{}\nhello", path.display())).is_empty());
        assert!(paths_in("").is_empty());
    }

    #[test]
    fn what_is_being_written_is_waited_for() {
        let tasks = Tasks::new(&egui::Context::default());
        let (go, wait) = mpsc::channel::<()>();
        tasks.start_writing(move || {
            // Goes on when the other end is dropped, then takes its time.
            let _ = wait.recv();
            std::thread::sleep(Duration::from_millis(20));
            Some(Done::Renamed(Vec::new(), Vec::new()))
        });
        drop(go);
        assert!(matches!(tasks.finish().1.as_slice(), [Done::Renamed(..)]));
    }

    #[test]
    fn nothing_is_overwritten_unasked() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for expected in ["luru.xlsx", "luru (2).xlsx", "luru (3).xlsx"] {
            let path = free_name(folder.path(), "luru", ".xlsx");
            assert_eq!(path, folder.path().join(expected));
            std::fs::write(path, b"").expect("writable");
        }
    }

    #[test]
    fn workbooks_get_their_extension() {
        assert_eq!(with_extension(Path::new("a/五月.报销"), "xlsx"), Path::new("a/五月.报销.xlsx"));
        assert_eq!(with_extension(Path::new("a/b.XLSX"), "xlsx"), Path::new("a/b.XLSX"));
    }
}
