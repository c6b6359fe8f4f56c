//! What the window keeps on disk: the workspace as it is, encrypted under a password, or nothing at all
//! (private mode). Draws the sign that says so, the question for the password and its settings.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use eframe::egui::{
    Button, Frame, Grid, Id, Key, Label, Margin, Modal, RichText, TextEdit, Ui, ViewportCommand, vec2,
};
use tempfile::TempDir;

use crate::{
    components::{data_folder, memory_folder},
    fault::BEHIND,
    kind::Registry,
    review::{
        Session,
        store::{LEAST_CHARACTERS, Password, Saver, StoreError, WORKSPACE, encrypted_path, is_locked},
    },
    worker,
};

use super::{
    App, CjkFont, OpenWindow,
    command::Request,
    cx::Cx,
    icon::Icon,
    panel,
    state::{NoticeKind, Panel},
    tasks::Done,
    text::fill,
    theme::{Roles, SMALL, STEP, TITLE},
};

/// What becomes of the workspace on disk.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Keeping {
    /// Saved as it happens.
    #[default]
    Kept,
    /// Nothing is written.
    Private,
    /// Saved under a password; what cannot be encrypted is not written.
    Encrypted,
    /// It could not be opened, for this reason (both languages): nothing of this session is saved.
    Unsaved(String),
    /// Under a password that has not been entered yet: the workspace's path.
    Locked(PathBuf),
    /// Being read, from this path: nothing can be done until it is there.
    Opening(PathBuf),
}

impl Keeping {
    /// Whether what was read of pages may be kept in the cache.
    pub fn remembers(&self) -> bool {
        matches!(self, Self::Kept | Self::Unsaved(_))
    }

    /// Where pasted pictures are put.
    pub fn pasted(&self) -> Pasted {
        match self {
            Self::Kept | Self::Unsaved(_) => {
                Pasted::Folder(data_folder().unwrap_or_else(std::env::temp_dir).join("pasted"))
            }
            Self::Private => {
                let folder = memory_folder()
                    .and_then(|m| tempfile::Builder::new().prefix("luru-private-").tempdir_in(m).ok());
                folder.map_or(Pasted::Nowhere, |f| Pasted::Memory(Arc::new(f)))
            }
            Self::Encrypted | Self::Locked(_) | Self::Opening(_) => Pasted::Nowhere,
        }
    }
}

/// Where pasted pictures are put.
#[derive(Debug, Clone)]
pub enum Pasted {
    Folder(PathBuf),
    /// Held in memory by the system, and gone with the window.
    Memory(Arc<TempDir>),
    /// They would lie on disk for all to see.
    Nowhere,
}

impl Pasted {
    pub fn folder(&self) -> Result<&Path, String> {
        match self {
            Self::Folder(folder) => Ok(folder),
            Self::Memory(folder) => Ok(folder.path()),
            Self::Nowhere => Err("工作区不在磁盘上留明文，剪贴板图片不会保存；请自行存成文件后再打开 / the \
                                  workspace leaves nothing readable on disk, so pasted pictures are not saved: \
                                  save it as a file of your own and open that"
                .to_owned()),
        }
    }
}

/// The workspace as it is found.
pub struct Opened {
    pub session: Session,
    /// `None` where nothing is saved.
    pub saver: Option<Saver>,
    pub keeping: Keeping,
    /// Sentences for the operator.
    pub trouble: Vec<String>,
}

/// Where the workspace lies; `None` where the system names no folder for it.
pub fn workspace() -> Option<PathBuf> {
    data_folder().map(|d| d.join(WORKSPACE))
}

/// What the window starts with. In private mode nothing is opened; a workspace under a password waits for it.
pub fn at_start(private: bool) -> Keeping {
    match workspace() {
        _ if private => Keeping::Private,
        None => Keeping::Kept,
        Some(path) if is_locked(&path) => Keeping::Locked(path),
        Some(path) => Keeping::Opening(path),
    }
}

/// Opens the workspace stored at `path`. Where that does not work, an empty session that is not saved, and
/// the sentences that say so.
pub fn open_workspace(registry: &Arc<Registry>, path: &Path) -> Opened {
    let mut trouble = Vec::new();
    // A damaged store is set aside by the first try; the second starts an empty one.
    for _ in 0..2 {
        match Saver::open(path, registry.clone()) {
            Ok((saver, session)) => {
                trouble.extend(saver.notice().into_iter().flat_map(str::lines).map(str::to_owned));
                return Opened { session, saver: Some(saver), keeping: Keeping::Kept, trouble };
            }
            Err(e) => {
                let again = matches!(e, StoreError::Corrupt { .. });
                trouble.push(e.to_string());
                if !again {
                    break;
                }
            }
        }
    }
    let keeping = Keeping::Unsaved(trouble.last().cloned().unwrap_or_default());
    Opened { session: Session::new(registry.clone()), saver: None, keeping, trouble }
}

/// What is typed about the password. Gone as soon as it is sent.
#[derive(Default)]
pub struct PasswordDraft {
    current: String,
    new: String,
    again: String,
    /// It is being tried, set or removed.
    pub busy: bool,
    /// Why the last one was refused.
    pub trouble: Option<String>,
    /// Files to open once the workspace is.
    pub paths: Vec<PathBuf>,
}

impl PasswordDraft {
    pub fn forget(&mut self) {
        (self.current, self.new, self.again) = Default::default();
    }
}

/// The sign in the row of controls; none where the workspace is kept as it is.
pub fn sign(ui: &mut Ui, cx: &Cx<'_>, wide: bool) {
    let t = &cx.t.keeping;
    let (icon, name, hint) = match &cx.state.keeping {
        Keeping::Private => (Icon::Eye, &t.private, t.private_hint.clone()),
        Keeping::Encrypted => (Icon::Key, &t.encrypted, t.encrypted_hint.clone()),
        Keeping::Unsaved(why) => {
            (Icon::Warning, &t.unsaved, format!("{}\n{}", cx.lang.of_message(why), t.unsaved_hint))
        }
        Keeping::Kept | Keeping::Locked(_) | Keeping::Opening(_) => return,
    };
    let chip =
        Frame::new().fill(cx.roles.selection_tint).corner_radius(3.0).inner_margin(Margin::symmetric(6, 2));
    let shown = chip.show(ui, |ui| {
        icon.show(ui, 14.0, cx.roles.text, name);
        if wide || cx.state.keeping != Keeping::Encrypted {
            ui.label(RichText::new(name).size(SMALL));
        }
    });
    shown.response.on_hover_text(hint);
}

/// The rows of the settings about it.
pub fn settings(ui: &mut Ui, cx: &mut Cx<'_>) {
    let t = &cx.t.keeping;
    ui.label(cx.quiet(&t.private)).on_hover_text(&t.private_hint);
    ui.vertical(|ui| {
        let mut always = cx.settings.private;
        if ui.checkbox(&mut always, &t.always_private).on_hover_text(&t.always_private_hint).changed() {
            cx.ask(Request::AlwaysPrivate(always));
        }
    });
    ui.end_row();
    ui.label(cx.quiet(&t.password)).on_hover_text(&t.password_hint);
    match cx.state.keeping {
        Keeping::Kept | Keeping::Encrypted => {
            let name = if cx.state.keeping == Keeping::Kept { &t.set } else { &t.change_or_remove };
            if ui.button(name).on_hover_text(&t.password_hint).clicked() {
                cx.ask(Request::Panel(Some(Panel::WorkspacePassword)));
            }
        }
        Keeping::Private | Keeping::Unsaved(_) | Keeping::Locked(_) | Keeping::Opening(_) => {
            ui.label(cx.quiet(&t.no_password_in_private));
        }
    }
    ui.end_row();
}

/// An input for a password.
fn secret(ui: &mut Ui, cx: &Cx<'_>, name: &str, text: &mut String) -> eframe::egui::Response {
    ui.label(cx.quiet(name));
    let edit = TextEdit::singleline(text).password(true).desired_width(260.0);
    let response = ui.add(edit).accessible_name(name);
    ui.end_row();
    response
}

/// The panel that sets, changes and removes the password.
pub fn show(ui: &mut Ui, cx: &mut Cx<'_>) {
    ui.set_width(440.0_f32.min(ui.ctx().content_rect().width() - 48.0));
    let t = cx.t.keeping.clone();
    let has_one = cx.state.keeping == Keeping::Encrypted;
    let mut draft = std::mem::take(&mut cx.state.password);
    if cx.state.panel_is_new {
        draft.forget();
        draft.trouble = None;
    }
    ui.label(RichText::new(&t.password).size(TITLE).strong());
    ui.add(Label::new(cx.quiet(&t.password_hint)).wrap());
    ui.add(Label::new(RichText::new(&t.forgotten).color(cx.roles.doubtful)).wrap());
    ui.add_space(2.0 * STEP);
    let asked = cx.requests.len();
    Grid::new("workspace password").num_columns(2).spacing(vec2(12.0, 8.0)).show(ui, |ui| {
        let current = has_one.then(|| secret(ui, cx, &t.current, &mut draft.current));
        let new = secret(ui, cx, &t.new, &mut draft.new);
        if cx.state.panel_is_new {
            current.unwrap_or(new).request_focus();
        }
        secret(ui, cx, &t.again, &mut draft.again);
    });
    let new = Password::new(&draft.new);
    let current = Password::new(&draft.current);
    let differs = !draft.again.is_empty() && draft.again != draft.new;
    let remark = match (&draft.trouble, differs) {
        _ if cx.reading.is_running() => Some(t.while_reading.clone()),
        _ if draft.busy => Some(t.busy.clone()),
        (Some(trouble), _) => Some(cx.lang.of_message(trouble).to_owned()),
        (None, true) => Some(t.differs.clone()),
        (None, false) if new.is_none() && !draft.new.is_empty() => {
            Some(fill(&t.too_short, &[("n", &LEAST_CHARACTERS)]))
        }
        _ => None,
    };
    ui.label(RichText::new(remark.unwrap_or_default()).color(cx.roles.doubtful));
    ui.add_space(STEP);
    let free = !draft.busy && !cx.reading.is_running();
    let known = free && current.is_some() == has_one;
    let mut send = None;
    ui.horizontal(|ui| {
        let name = if has_one { &t.change } else { &t.set };
        let text = RichText::new(name).color(cx.roles.on_selection);
        let button = Button::new(text).fill(cx.roles.selection);
        let ready = known && new.is_some() && draft.new == draft.again;
        let clicked = ui.add_enabled(ready, button).clicked();
        if has_one && ui.add_enabled(known, Button::new(&t.remove)).clicked() {
            send = Some(None);
        }
        if ui.button(&cx.t.window.close).clicked() {
            draft.forget();
            cx.ask(Request::Panel(None));
        }
        if clicked || (ready && send.is_none() && panel::entered(ui, cx, asked)) {
            send = Some(new.clone());
        }
    });
    if let Some(new) = send {
        draft.busy = true;
        draft.trouble = None;
        draft.forget();
        cx.ask(Request::WorkspacePassword { current, new });
    }
    cx.state.password = draft;
}

impl App {
    /// In place of everything else while the workspace is read.
    pub(super) fn draw_opening(&mut self, ui: &mut Ui) {
        let roles = Roles::of(ui.ctx().theme(), self.settings.theme);
        ui.painter().rect_filled(ui.max_rect(), 0.0, roles.surface);
        // Until the characters of its language are there, the sentence would be a row of boxes.
        if self.cjk != CjkFont::Searching {
            let text = RichText::new(&self.texts.keeping.opening).color(roles.quiet);
            ui.centered_and_justified(|ui| ui.label(text));
        }
    }

    /// In place of everything else until the workspace is open: the question for its password.
    pub(super) fn draw_locked(&mut self, ui: &mut Ui) {
        let ctx = ui.ctx().clone();
        let roles = Roles::of(ctx.theme(), self.settings.theme);
        ui.painter().rect_filled(ui.max_rect(), 0.0, roles.surface);
        let Keeping::Locked(path) = self.state.keeping.clone() else { return };
        let t = self.texts.keeping.clone();
        let draft = &mut self.state.password;
        let mut send = false;
        let frame = Frame::popup(&ctx.global_style()).inner_margin(Margin::same(16));
        Modal::new(Id::unique("locked")).frame(frame).show(&ctx, |ui| {
            ui.set_width(420.0_f32.min(ctx.content_rect().width() - 48.0));
            ui.horizontal(|ui| {
                Icon::Key.show(ui, 20.0, roles.text, "");
                ui.label(RichText::new(&t.locked).size(TITLE).strong());
            });
            ui.add(Label::new(RichText::new(&t.locked_hint).size(SMALL).color(roles.quiet)).wrap());
            ui.add_space(2.0 * STEP);
            let edit = TextEdit::singleline(&mut draft.current)
                .password(true)
                .hint_text(&t.password)
                .desired_width(f32::INFINITY);
            let response = ui.add_enabled(!draft.busy, edit).accessible_name(&t.password);
            send = response.lost_focus() && ui.input(|i| i.key_pressed(Key::Enter));
            if ui.memory(|m| m.focused().is_none()) && !draft.busy {
                response.request_focus();
            }
            let remark = match &draft.trouble {
                _ if draft.busy => t.opening.clone(),
                Some(trouble) => self.language.of_message(trouble).to_owned(),
                None => String::new(),
            };
            ui.add(Label::new(RichText::new(remark).color(roles.failed)).wrap());
            ui.add_space(STEP);
            ui.horizontal(|ui| {
                let text = RichText::new(&t.unlock).color(roles.on_selection);
                let filled = !draft.current.is_empty() && !draft.busy;
                send |= ui.add_enabled(filled, Button::new(text).fill(roles.selection)).clicked();
                if ui.button(&t.quit).clicked() {
                    ctx.send_viewport_cmd(ViewportCommand::Close);
                }
            });
            ui.add_space(2.0 * STEP);
            let lost = fill(&t.locked_lost, &[("path", &encrypted_path(&path).display())]);
            ui.add(Label::new(RichText::new(lost).size(SMALL).color(roles.quiet)).wrap());
        });
        if !send || draft.busy || draft.current.is_empty() {
            return;
        }
        match Password::new(&draft.current) {
            Some(password) => {
                draft.busy = true;
                draft.trouble = None;
                draft.forget();
                self.tasks.unlock(path, password, self.session.registry().clone());
            }
            None => {
                draft.forget();
                draft.trouble = Some(StoreError::WrongPassword { path: encrypted_path(&path) }.to_string());
            }
        }
        ctx.request_repaint();
    }

    /// The workspace was opened with its password, or not.
    pub(super) fn unlocked(&mut self, opened: Result<Box<(Saver, Session)>, String>) {
        self.state.password.busy = false;
        let (saver, session) = match opened {
            Ok(opened) => *opened,
            Err(trouble) => return self.state.password.trouble = Some(trouble),
        };
        let trouble = saver.notice().into_iter().flat_map(str::lines).map(str::to_owned).collect();
        self.opened(Opened { session, saver: Some(saver), keeping: Keeping::Encrypted, trouble });
    }

    /// Goes on with the workspace that was opened.
    pub(super) fn opened(&mut self, opened: Opened) {
        for text in opened.trouble {
            // Where nothing is kept, that is told until it is dismissed.
            let kind = if opened.saver.is_some() { NoticeKind::Warning } else { NoticeKind::Failure };
            self.state.notify(kind, text);
        }
        (self.session, self.saver) = (opened.session, opened.saver);
        self.keep(opened.keeping);
        self.session.set_look_below(self.settings.look_below());
        self.session.set_field_rules(self.settings.rules());
        self.session.set_operator(&self.settings.operator);
        self.state.listing_is_stale = true;
        self.select_first();
        self.read_waiting();
        let paths = std::mem::take(&mut self.state.password.paths);
        if !paths.is_empty() {
            self.tasks.collect(paths);
        }
    }

    /// Sets, changes or removes the workspace's password, on the thread that writes it.
    pub(super) fn change_password(&mut self, current: Option<Password>, new: Option<Password>) {
        let encrypts = new.is_some();
        self.save();
        let answer = match self.saver.as_ref().map(|s| s.set_password(current, new)) {
            Some(Ok(answer)) => answer,
            Some(Err(e)) => return self.password_changed(Err(e.to_string())),
            None => return self.password_changed(Err(StoreError::NoThread.to_string())),
        };
        self.tasks.wait_for_password(answer, encrypts);
    }

    /// The password was set (`true`), removed (`false`) or refused.
    pub(super) fn password_changed(&mut self, done: Result<bool, String>) {
        self.state.password.busy = false;
        let encrypts = match done {
            Ok(encrypts) => encrypts,
            Err(trouble) => return self.state.password.trouble = Some(trouble),
        };
        self.keep(if encrypts { Keeping::Encrypted } else { Keeping::Kept });
        self.state.panel = None;
        let t = &self.texts.keeping;
        self.state.notify(NoticeKind::Done, if encrypts { &t.is_set } else { &t.is_removed });
        if !encrypts {
            return;
        }
        // What was written before lies there still.
        if let Err(e) = worker::forget_readings() {
            let text = fill(&t.cache_left, &[("reason", &self.language.of_fault(&e))]);
            self.state.notify(NoticeKind::Warning, format!("{text}{BEHIND}{e}"));
        }
        let left = data_folder().map(|d| readable_in(&d)).unwrap_or_default();
        if !left.is_empty() {
            let paths = left.iter().map(|p| p.display().to_string()).collect::<Vec<_>>().join("\n");
            self.state.notify(NoticeKind::Warning, fill(&t.plain_left, &[("paths", &paths)]));
        }
    }

    pub(super) fn keep(&mut self, keeping: Keeping) {
        self.tasks.keep(keeping.pasted());
        self.state.keeping = keeping;
    }
}

/// What of a data folder still holds contents in plain: pasted pictures, and databases set aside.
fn readable_in(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let readable = |path: &PathBuf| {
        let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        let pasted = name == "pasted" && std::fs::read_dir(path).is_ok_and(|mut d| d.next().is_some());
        pasted || (name.contains(".damaged-") && !name.contains(".encrypted"))
    };
    entries.filter_map(|e| Some(e.ok()?.path())).filter(readable).collect()
}

impl super::tasks::Tasks {
    /// Opens a workspace: with thousands of pages that takes longer than a window may stay away.
    pub(super) fn open_workspace(&self, path: PathBuf, registry: Arc<Registry>) {
        self.start(move || Some(Done::Opened(Box::new(open_workspace(&registry, &path)))));
    }

    /// Opens a workspace with its password.
    pub(super) fn unlock(&self, path: PathBuf, password: Password, registry: Arc<Registry>) {
        self.start(move || {
            let opened = Saver::open_with(&path, Some(password), registry);
            Some(Done::Unlocked(opened.map(Box::new).map_err(|e| e.to_string())))
        });
    }

    /// Waits until the thread that writes has changed the password.
    pub(super) fn wait_for_password(
        &self,
        answer: std::sync::mpsc::Receiver<Result<(), StoreError>>,
        encrypts: bool,
    ) {
        self.start(move || {
            let done = answer.recv().unwrap_or(Err(StoreError::NoThread));
            Some(Done::PasswordChanged(done.map(|()| encrypts).map_err(|e| e.to_string())))
        });
    }

    /// Opens another window, in private mode.
    pub(super) fn private_window(&self, open: OpenWindow) {
        self.start(move || {
            let e = open().err()?;
            Some(Done::Failed(format!(
                "无法打开隐私窗口，请在命令行运行 luru --private：{e} / the private window cannot be \
                 opened: run `luru --private`: {e}"
            )))
        });
    }
}

/// Runs this program once more, in private mode, until its window is closed.
pub(super) fn open_private() -> std::io::Result<()> {
    let program = std::env::current_exe()?;
    let status = std::process::Command::new(program).arg("--private").status()?;
    if status.success() { Ok(()) } else { Err(std::io::Error::other(status.to_string())) }
}
