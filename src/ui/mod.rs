//! The desktop program. The only place, with `main.rs`, that knows egui.
//!
//! Panels draw from the session and send requests; `act` carries them out; the worker's events
//! come in through `arrive`. Nothing here reads a page or checks a value by itself, and nothing
//! the window does waits: reading, dialogs, exports and fonts run on threads and ask for a
//! repaint when they are done.

mod act;
mod act_document;
mod act_export;
mod act_files;
mod act_second;
mod arrive;
mod clean;
mod clock;
mod closing;
mod columns_panel;
mod command;
mod cx;
mod engine;
mod export_panel;
mod fonts;
mod form;
mod icon;
mod keeping;
mod keyboard;
mod keys;
mod listing;
mod navigate;
mod page;
mod palette;
mod panel;
mod panels;
mod panes;
mod queue;
mod reading;
mod search;
mod settings;
mod shortcut_sheet;
mod sign;
mod start;
mod state;
mod table;
mod tasks;
mod template;
mod text;
mod theme;
mod toolbar;

use std::{
    path::PathBuf,
    sync::{Arc, mpsc},
    time::Instant,
};

use eframe::egui::{self, CentralPanel, Frame, Margin, Panel as SidePanel};

use crate::{
    kind::Registry,
    review::{Session, store::Saver},
};

use arrive::Pending;
use cx::Cx;
use page::{PageImages, Tiles};
use reading::Reading;
use state::NoticeKind;
use tasks::Tasks;
use text::Texts;
use theme::Roles;

pub use command::Command;
pub use engine::{Engine, Threads};
pub use export_panel::{ExportChoice, Format, What};
pub use fonts::CjkFont;
pub use keeping::{Keeping, Opened, at_start, open_workspace, workspace};
pub use listing::{Filter, Sort};
pub use settings::{Settings, ThemeChoice};
pub use state::Panel;
pub use text::Language;

/// What the window is made of; tests put their own parts in.
pub struct Parts {
    pub session: Session,
    pub engine: Box<dyn Engine>,
    pub settings: Settings,
    /// Where changed settings are saved; nowhere when `None`.
    pub settings_path: Option<PathBuf>,
    /// Where export profiles lie; nowhere when `None`.
    pub profiles: Option<PathBuf>,
    /// Where the user's own kind files lie; nowhere when `None`.
    pub kinds: Option<PathBuf>,
    pub cjk: CjkFont,
    /// Writes the session to disk as it changes; nowhere when `None`.
    pub saver: Option<Saver>,
    /// What becomes of the workspace on disk.
    pub keeping: Keeping,
    /// Opens another window, in private mode.
    pub open_private: OpenWindow,
}

/// Opens a window of its own and returns when that is closed, or why it could not be opened.
pub type OpenWindow = Arc<dyn Fn() -> std::io::Result<()> + Send + Sync>;

/// While pages arrive, the queue finds out this often which of them are searched for and which are there twice:
/// that takes some 20 ms with 3,000 documents.
const ARRIVALS_SECONDS: f64 = 0.5;

/// The window.
pub struct App {
    session: Session,
    engine: Box<dyn Engine>,
    reading: Reading,
    pending: Pending,
    state: state::UiState,
    settings: Settings,
    keys: keys::Keys,
    settings_path: Option<PathBuf>,
    profiles: Option<PathBuf>,
    kinds_folder: Option<PathBuf>,
    texts: Texts,
    language: Language,
    cjk: CjkFont,
    font_search: Option<mpsc::Receiver<Option<fonts::CjkFace>>>,
    images: PageImages,
    tiles: Tiles,
    tasks: Tasks,
    sample: Option<PathBuf>,
    saver: Option<Saver>,
    open_private: OpenWindow,
    closing: closing::Closing,
    engines_failed: Option<String>,
    engine_status: Option<String>,
    /// The picture's rectangle in the last frame.
    pane: egui::Rect,
}

impl App {
    /// The window over `parts`; fails only if the built-in texts are damaged.
    pub fn new(ctx: &egui::Context, parts: Parts) -> anyhow::Result<Self> {
        // Its own scale setting takes the place of egui's.
        ctx.options_mut(|o| {
            o.zoom_with_keyboard = false;
            // Where the system does not say: like the paper beside the screen.
            o.fallback_theme = egui::Theme::Light;
        });
        let language = parts.settings.language();
        let keeping = parts.keeping;
        let mut app = Self {
            session: parts.session,
            engine: parts.engine,
            reading: Reading::default(),
            pending: Pending::default(),
            state: state::UiState::default(),
            keys: keys::Keys::from_settings(&parts.settings.keys),
            settings: parts.settings,
            settings_path: parts.settings_path,
            profiles: parts.profiles,
            kinds_folder: parts.kinds,
            texts: Texts::load(language)?,
            language,
            cjk: parts.cjk,
            font_search: None,
            images: PageImages::new(ctx),
            tiles: Tiles::default(),
            tasks: Tasks::new(ctx),
            sample: tasks::sample(),
            saver: parts.saver,
            open_private: parts.open_private,
            closing: closing::Closing::default(),
            engines_failed: None,
            engine_status: None,
            pane: egui::Rect::ZERO,
        };
        if let Keeping::Opening(path) = &keeping {
            app.tasks.open_workspace(path.clone(), app.session.registry().clone());
        }
        app.keep(keeping);
        app.state.listing_is_stale = true;
        app.apply_settings(ctx)?;
        app.select_first();
        app.read_waiting();
        Ok(app)
    }

    pub fn session(&self) -> &Session {
        &self.session
    }

    /// Theme, scale and language as set. Without a CJK font the window speaks English.
    fn apply_settings(&mut self, ctx: &egui::Context) -> anyhow::Result<()> {
        ctx.set_theme(self.settings.theme.preference());
        ctx.set_zoom_factor(f32::from(self.settings.scale_percent) / 100.0);
        self.session.set_look_below(self.settings.look_below());
        self.session.set_field_rules(self.settings.rules());
        theme::install(ctx, self.settings.theme == ThemeChoice::HighContrast);
        self.session.set_operator(&self.settings.operator);
        let language = match self.cjk {
            CjkFont::Missing => Language::En,
            CjkFont::Searching | CjkFont::Loaded => self.settings.language(),
        };
        if language != self.language {
            self.texts = Texts::load(language)?;
            self.language = language;
        }
        Ok(())
    }

    fn receive_font(&mut self, ctx: &egui::Context) -> anyhow::Result<()> {
        let Some(search) = &self.font_search else { return Ok(()) };
        let found = match search.try_recv() {
            Ok(found) => found,
            Err(mpsc::TryRecvError::Empty) => return Ok(()),
            Err(mpsc::TryRecvError::Disconnected) => None,
        };
        self.font_search = None;
        self.cjk = if found.is_some() { CjkFont::Loaded } else { CjkFont::Missing };
        if let Some(face) = found {
            fonts::install(ctx, face);
        }
        self.apply_settings(ctx)
    }

    fn draw(&mut self, ui: &mut egui::Ui) {
        match self.state.keeping {
            Keeping::Locked(_) => return self.draw_locked(ui),
            Keeping::Opening(_) => return self.draw_opening(ui),
            Keeping::Kept | Keeping::Private | Keeping::Encrypted | Keeping::Unsaved(_) => {}
        }
        let ctx = ui.ctx().clone();
        // While one types, what is found and which documents are alike can wait.
        if self.state.listing_is_stale && self.state.draft.is_none() {
            // Pages that arrive one after the other are taken in together.
            let wait = if self.reading.is_running() { ARRIVALS_SECONDS } else { 0.0 };
            let left = self.state.refreshed_at + wait - ctx.time();
            if left > 0.0 {
                ctx.request_repaint_after_secs(left as f32);
            } else {
                (self.state.listing_is_stale, self.state.refreshed_at) = (false, ctx.time());
                self.state.listing.refresh(&self.session, self.language);
            }
        }
        if self.state.listing.search_on(&self.session, self.language) {
            ctx.request_repaint();
        }
        if let Some(shown) = self.state.document()
            && !self.state.looked_at.contains(&shown)
            && self.session.is_clean(shown)
        {
            self.state.looked_at.insert(shown);
        }
        let progress = self.reading.progress(Instant::now());
        let had_keyboard = std::mem::take(&mut self.state.form_has_keyboard);
        let mut requests = Vec::new();
        let pressed = match self.state.panel {
            None => keyboard::pressed(&ctx, &self.keys, had_keyboard),
            Some(_) => Vec::new(),
        };
        arrive::dropped_and_pasted(&ctx, &self.tasks);
        let mut cx = Cx {
            session: &self.session,
            t: &self.texts,
            lang: self.language,
            roles: Roles::of(ctx.theme(), self.settings.theme),
            settings: &self.settings,
            keys: &self.keys,
            cjk: self.cjk,
            reading: &self.reading,
            images: &self.images,
            state: &mut self.state,
            requests: &mut requests,
        };
        for command in pressed {
            if !command.opens_panel() || cx.can(command) {
                cx.run(command);
            }
        }
        let bar = Frame::new().fill(cx.roles.surface).inner_margin(Margin::symmetric(12, 0));
        SidePanel::top("toolbar").exact_size(44.0).frame(bar).show(ui, |ui| {
            toolbar::show(ui, &mut cx, progress, self.engine_status.as_deref());
        });
        toolbar::banners(ui, &mut cx, self.engines_failed.as_deref(), self.cjk);
        self.tiles.begin(cx.images.current());
        let side = Frame::new().fill(cx.roles.surface);
        if cx.session.files().is_empty() {
            CentralPanel::no_frame().frame(side).show(ui, |ui| {
                start::show(ui, &mut cx, self.sample.is_some());
                self.pane = ui.max_rect();
            });
        } else {
            self.pane = panes::show(ui, &mut cx, &mut self.tiles);
        }
        let coarsest = cx.images.current_levels().map_or(0, |(_, l)| l.0.len().saturating_sub(1));
        self.tiles.end(coarsest);
        toolbar::notices(&ctx, &mut cx, self.pane);
        panels::show(&ctx, &mut cx);
        arrive::drop_hint(&ctx, &cx);
        self.closing.show(&ctx, &self.texts.keeping, self.language);
        // What was asked for is seen in the next frame. A picture is asked for until it comes.
        let waits =
            |r: &command::Request| matches!(r, command::Request::Thumbnail(_) | command::Request::Snip(_));
        if !requests.iter().all(waits) {
            ctx.request_repaint();
        }
        for request in requests {
            self.act(&ctx, request);
        }
    }

    /// Hands what changed to the thread that writes it.
    fn save(&mut self) {
        let Some(saver) = &self.saver else { return };
        let problem = saver.save(&mut self.session).err().map(|e| e.to_string()).or_else(|| saver.problem());
        if let Some(problem) = problem {
            self.state.notify(NoticeKind::Failure, problem);
        }
    }
}

impl eframe::App for App {
    fn logic(&mut self, ctx: &egui::Context, _frame: &mut eframe::Frame) {
        if let Err(e) = self.receive_font(ctx) {
            self.state.notify(NoticeKind::Failure, format!("{e:#}"));
        }
        self.before_closing(ctx);
        self.images.receive(ctx);
        self.receive(ctx);
    }

    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        if self.cjk == CjkFont::Searching {
            // A moment at the start: without the font, every word would be empty squares.
            let rect = ui.max_rect();
            ui.painter().rect_filled(rect, 0.0, Roles::of(ui.ctx().theme(), self.settings.theme).surface);
            return;
        }
        self.draw(ui);
        self.save();
    }

    fn on_exit(&mut self, _gl: Option<&eframe::glow::Context>) {
        self.engine.cancel();
        let (ctx, written) = self.tasks.finish();
        for done in written {
            self.task_done(&ctx, done);
        }
        self.save();
        if let Some(saver) = &self.saver {
            // Nothing can be shown any more; what is unsaved is tried again until the end.
            let _ = saver.flush();
        }
    }
}

/// What the window is opened with.
#[derive(Debug, Clone, Default)]
pub struct Launch {
    /// Files and folders for the queue.
    pub paths: Vec<PathBuf>,
    /// Nothing is kept on disk.
    pub private: bool,
}

/// Opens the window and returns when it is closed.
pub fn run(launch: Launch) -> anyhow::Result<()> {
    run_with(launch, |registry, ctx| {
        Box::new(Threads::start(registry, Arc::new(move || ctx.request_repaint())))
    })
}

/// [`run`] with an engine of the caller's own.
pub fn run_with(
    launch: Launch,
    engine: impl FnOnce(Arc<Registry>, egui::Context) -> Box<dyn Engine> + 'static,
) -> anyhow::Result<()> {
    clock::init();
    let (settings, settings_path, damaged) = Settings::at_start(Settings::path());
    let private = launch.private || settings.private;
    let user_kinds = crate::components::kinds_folder();
    let (registry, kind_errors) = Registry::load(user_kinds.as_deref());
    let registry = Arc::new(registry);
    let icon = eframe::icon_data::from_png_bytes(include_bytes!("../../assets/icons/luru-256.png"))
        .unwrap_or_default();
    let options = eframe::NativeOptions {
        viewport: egui::ViewportBuilder::default()
            .with_title(if private { "Luru 录入（隐私模式 / private）" } else { "Luru 录入" })
            .with_app_id("luru")
            .with_icon(icon)
            .with_inner_size([1440.0, 900.0])
            .with_min_inner_size([960.0, 600.0])
            .with_drag_and_drop(true),
        ..Default::default()
    };
    let started = eframe::run_native(
        "luru",
        options,
        Box::new(move |creation| {
            let ctx = creation.egui_ctx.clone();
            let keeping = at_start(private);
            let is_open = !matches!(keeping, Keeping::Locked(_) | Keeping::Opening(_));
            let parts = Parts {
                session: Session::new(registry.clone()),
                engine: engine(registry, ctx.clone()),
                settings,
                settings_path,
                profiles: crate::export::profile::folder(),
                // A form of one's own holds words of the document that it was made on.
                kinds: crate::components::kinds_folder().filter(|_| !private),
                cjk: CjkFont::Searching,
                saver: None,
                keeping,
                open_private: Arc::new(keeping::open_private),
            };
            let mut app = App::new(&ctx, parts)?;
            let font_ctx = ctx.clone();
            app.font_search = Some(fonts::search(move || font_ctx.request_repaint()));
            if let Some(text) = damaged {
                app.state.notify(NoticeKind::Warning, text);
            }
            for e in kind_errors {
                app.state.notify(NoticeKind::Warning, e.to_string());
            }
            if !is_open {
                app.state.password.paths = launch.paths;
            } else if !launch.paths.is_empty() {
                app.tasks.collect(launch.paths);
            }
            Ok(Box::new(app))
        }),
    );
    started.map_err(|e| {
        anyhow::anyhow!(
            "无法打开窗口，请更新显卡驱动，或用 luru recognize 在命令行识别：{e} / \
             the window cannot be opened: update the graphics driver or use `luru recognize`: {e}"
        )
    })
}
