//! Carries out what panels and keyboard ask for. The only place that changes the session, the
//! settings and the selection.

use eframe::egui;

use crate::{
    extract::FieldPath,
    fault::BEHIND,
    review::{DocumentId, DocumentState, Edit},
};

use super::{
    App, CjkFont,
    command::{Command, Request},
    export_panel::{ExportChoice, What},
    keys::{self, Keys, Refusal},
    page::{Fit, Move},
    settings::Settings,
    state::{Draft, NoticeKind, Panel},
    template::{Ask, Tool},
    text::fill,
};

impl App {
    pub(super) fn act(&mut self, ctx: &egui::Context, request: Request) {
        match request {
            Request::Run(command) => self.run_command(ctx, command),
            Request::Select { file, document, page } => {
                self.commit();
                self.state.queue_for_form = false;
                self.select(file, document, page);
            }
            Request::Field(path, chosen_in) => self.choose_field(path, chosen_in),
            Request::Commit => self.commit(),
            Request::TakeBackTyping => {
                if self.state.draft.take().is_some()
                    && let Err(e) = self.session.undo()
                {
                    self.state.notify(NoticeKind::Warning, e.to_string());
                }
                self.state.listing_is_stale = true;
                self.session.end_typing();
            }
            Request::Edit(edit) => {
                let keeps_draft = matches!(edit, Edit::SetField { .. });
                if !keeps_draft {
                    self.commit();
                }
                self.apply(edit);
            }
            Request::Adopt(path, value) => self.adopt(path, value),
            Request::TakeLine { text, quad, confidence } => {
                if let Some((document, path)) = self.in_work() {
                    self.commit();
                    let page = self.state.selection.and_then(|s| self.further_page(document, s.page));
                    self.apply(Edit::TakeFromPage {
                        document,
                        path,
                        text,
                        quad: Some(quad),
                        page,
                        confidence,
                    });
                }
            }
            Request::ReadBox(quad) => self.read_part(quad, false),
            Request::Show(quad) => self.state.page.show(quad),
            Request::ChangeKind(kind) => self.change_kind(kind),
            Request::ConfirmWithReason(reason) => self.confirm(ctx, Some(reason)),
            Request::PasteCells(path, text) => self.paste_cells(&path, &text),
            Request::ConfirmAll(documents) => self.confirm_all(ctx, &documents),
            Request::Filter(filter) => self.filter(filter),
            Request::Sort(sort) => self.state.listing.set_sort(&self.session, self.language, sort),
            Request::Search(query) => {
                // The row on show stays in sight when all rows are listed again.
                self.state.reveal_selection |= query.trim().is_empty();
                self.state.listing.set_query(&self.session, self.language, query);
            }
            Request::ShowListed => {
                self.state.listing.finish_search(&self.session, self.language);
                self.select_listed();
                // In a narrow window what was found is shown where the queue stood.
                self.state.queue_for_form = false;
            }
            Request::Export(choice) => self.export(choice),
            Request::ExportWithReason(choice, reason) => {
                self.give_reason(&choice, &reason);
                self.export(choice);
            }
            Request::Template(ask) => self.ask_template(ask),
            Request::Table(ask) => self.ask_table(ask),
            Request::EditColumns => self.edit_columns(),
            Request::SaveColumns => self.save_columns(),
            Request::OpenFolderOf(folder) => self.tasks.open_folder(folder),
            Request::Open(paths) => self.open(paths),
            Request::Thumbnail(file) => self.ask_for_thumbnail(file),
            Request::WriteClaim(format) => self.write_claim(format),
            Request::Rename => self.tasks.rename(self.state.rename.plan.clone()),
            Request::FieldRule(name, rule) => self.change_settings(ctx, |s| s.set_rule(name, rule)),
            Request::SecondEntry(second) => {
                self.second_entry(second);
            }
            Request::DecideEntry(document, path, value) => self.decide_entry(document, path, Some(value)),
            Request::Arrange(arrange) => self.arrange(arrange),
            Request::Snip(snip) => self.ask_for_snip(snip),
            Request::ExportAudit(format) => self.export_audit(format),
            Request::VerifyAudit => self.tasks.verify_log(&self.texts),
            Request::Password(file, password) => {
                self.session.set_password(file, Some(password));
                // That it could not be decoded holds no longer.
                self.images.forget(file);
                self.read(vec![file]);
                if let Some(shown) = self.state.selection.filter(|s| s.file == file) {
                    self.load_page(shown.page_key());
                }
            }
            Request::WorkspacePassword { current, new } => self.change_password(current, new),
            Request::AlwaysPrivate(private) => self.change_settings(ctx, |s| s.private = private),
            Request::ReadFile(file) => self.read(vec![file]),
            Request::RetryEngines => self.retry_engines(),
            Request::Panel(panel) => match panel {
                Some(panel) => self.state.open_panel(panel),
                None => {
                    self.state.panel = None;
                    // The keyboard goes back to where one was.
                    self.state.focus_field = self.state.field.is_some();
                }
            },
            Request::Dismiss(id) => self.state.notices.retain(|n| n.id != id),
            Request::Language(language) => self.change_settings(ctx, |s| s.language = Some(language)),
            Request::Theme(theme) => self.change_settings(ctx, |s| s.theme = theme),
            Request::Scale(percent) => self.change_settings(ctx, |s| s.scale_percent = percent),
            Request::SetKeys(command, shortcut) => self.set_keys(ctx, command, shortcut),
            Request::ResetKeys => {
                self.change_settings(ctx, |s| s.keys.clear());
                self.keys = Keys::default();
            }
            Request::Operator(name) => self.change_settings(ctx, |s| s.operator = name),
            Request::LookBelow(percent) => self.change_settings(ctx, |s| s.look_below_percent = percent),
            Request::Sample(percent) => self.change_settings(ctx, |s| s.sample_percent = percent),
        }
    }

    fn run_command(&mut self, ctx: &egui::Context, command: Command) {
        if !matches!(command, Command::Palette | Command::Shortcuts | Command::Settings) {
            self.commit();
        }
        if self.state.template.is_some() && command.is_about_record() {
            return;
        }
        let leaves = matches!(
            command,
            Command::NextField
                | Command::PreviousField
                | Command::NextValue
                | Command::PreviousValue
                | Command::Confirm
                | Command::NextDocument
                | Command::PreviousDocument
        );
        if leaves && !self.settle_second() {
            return;
        }
        match command {
            Command::OpenFiles => self.tasks.choose_inputs(&self.texts, false),
            Command::OpenFolder => self.tasks.choose_inputs(&self.texts, true),
            Command::PasteImage => self.tasks.paste(),
            Command::OpenSample => match &self.sample {
                Some(folder) => self.tasks.collect(vec![folder.clone()]),
                None => self.state.notify(NoticeKind::Warning, self.texts.open.no_sample.clone()),
            },
            Command::StopReading => {
                self.pause(false);
                self.engine.cancel();
            }
            Command::PauseReading => self.pause(!self.reading.is_paused()),
            Command::RetryFailed => self.retry_failed(),
            Command::Arrange => self.state.open_panel(Panel::Arrange),
            Command::ReadAgain => {
                if let Some(selection) = self.state.selection {
                    self.read(vec![selection.file]);
                }
            }
            Command::ReadPage => self.read_page(),
            Command::RemoveFile => self.remove_file(),
            Command::Export => {
                let confirmed = ExportChoice { what: What::Confirmed, ..self.state.export };
                let any = !confirmed.everything(None).ids(&self.session).is_empty();
                self.state.export.what = if any { What::Confirmed } else { What::All };
                self.list_profiles();
                self.state.open_panel(Panel::Export);
            }
            Command::NextField => self.next_field(ctx, true),
            Command::PreviousField => self.next_field(ctx, false),
            Command::NextValue => self.next_value(true),
            Command::PreviousValue => self.next_value(false),
            Command::Password => {
                if let Some(selection) = self.state.selection {
                    self.state.open_panel(Panel::Password(selection.file));
                }
            }
            Command::AdoptSuggestion if self.enter_cell() => {}
            Command::AdoptSuggestion => self.adopt_suggestion(),
            Command::AcceptField => {
                if self.accept_cell() {
                    // The table in hand has the keyboard.
                } else if let Some(Draft { document, path, .. }) = self.differing() {
                    self.decide_entry(document, path, None);
                    self.next_field(ctx, true);
                } else if let Some((document, path)) = self.in_work()
                    && self.apply(Edit::AcceptField { document, path })
                {
                    self.next_field(ctx, true);
                }
            }
            Command::MarkIllegible => {
                if let Some((document, path)) = self.in_work() {
                    let field = self.session.document(document).and_then(|d| d.document.record.get(&path));
                    let illegible = !field.is_some_and(|f| f.illegible);
                    self.apply(Edit::MarkIllegible { document, path, illegible });
                }
            }
            Command::MarkEmpty => {
                if let Some((document, path)) = self.in_work()
                    && self.apply(Edit::SetField { document, path, value: None })
                {
                    self.session.end_typing();
                    self.next_field(ctx, true);
                }
            }
            Command::ShowUnprinted => self.change_settings(ctx, |s| s.show_unprinted ^= true),
            Command::ReadField => match self.place_in_work() {
                Some(quad) => self.read_part(quad, true),
                None => {
                    self.state.notify_of_document(NoticeKind::Warning, self.texts.notice.no_place.clone())
                }
            },
            Command::Undo | Command::Redo if self.state.template.is_some() => {
                self.undo_template(command == Command::Undo);
            }
            Command::Undo => self.undo(true),
            Command::Redo => self.undo(false),
            Command::Confirm => self.confirm(ctx, None),
            Command::ConfirmClean => self.state.open_panel(Panel::Clean),
            Command::SearchQueue => {
                self.state.focus_search = true;
                if self.state.narrow {
                    self.state.queue_for_form = true;
                } else if !self.settings.show_queue {
                    self.change_settings(ctx, |s| s.show_queue = true);
                }
            }
            Command::Postpone => self.set_aside(ctx, DocumentState::Postponed),
            Command::Reject => self.set_aside(ctx, DocumentState::Rejected),
            Command::Reopen => {
                if let Some(document) = self.state.document() {
                    self.apply(Edit::SetState { document, state: DocumentState::ToReview, reason: None });
                }
            }
            Command::ChangeKind => self.state.open_panel(Panel::Kinds),
            Command::Compare => {
                let twin = self.state.document().and_then(|id| self.state.listing.twin(id));
                if let Some(twin) = twin {
                    self.state.open_panel(Panel::Compare(twin.other));
                }
            }
            Command::NextDocument => self.step_document(true),
            Command::PreviousDocument => self.step_document(false),
            Command::NextPage => self.step_page(true),
            Command::PreviousPage => self.step_page(false),
            Command::ZoomIn => self.state.page.apply(ctx, Move::In, self.pane),
            Command::ZoomOut => self.state.page.apply(ctx, Move::Out, self.pane),
            Command::FitPage => self.state.page.apply(ctx, Move::Fit(Fit::Page), self.pane),
            Command::FitWidth => self.state.page.apply(ctx, Move::Fit(Fit::Width), self.pane),
            Command::ActualSize => self.state.page.apply(ctx, Move::ActualSize, self.pane),
            Command::ZoomToField => {
                if let Some(quad) = self.place_in_work() {
                    self.state.page.zoom_to(quad);
                }
            }
            Command::Rotate => self.rotate(ctx),
            Command::FindOnPage => (self.state.find_open, self.state.focus_find) = (true, true),
            Command::EditTable => self.edit_table(),
            Command::ShowLines => self.change_settings(ctx, |s| s.overlays.lines ^= true),
            Command::ShowFields => self.change_settings(ctx, |s| s.overlays.fields ^= true),
            Command::ShowTables => self.change_settings(ctx, |s| s.overlays.tables ^= true),
            Command::ShowSeals => self.change_settings(ctx, |s| s.overlays.seals ^= true),
            Command::NewTemplate => self.new_template(),
            Command::OwnTemplates => self.list_templates(),
            Command::SaveTemplate => self.save_template(),
            Command::CloseTemplate => self.close_template(),
            Command::MarkReferences => self.ask_template(Ask::Tool(Tool::Reference)),
            Command::MarkPlaces => self.ask_template(Ask::Tool(Tool::Place)),
            Command::RemoveMark => {
                if let Some(part) = self.state.template.as_ref().and_then(|e| e.selected) {
                    self.ask_template(Ask::Remove(part));
                }
            }
            Command::Palette => self.state.open_panel(Panel::Palette),
            Command::Shortcuts => self.state.open_panel(Panel::Shortcuts),
            Command::Settings => self.state.open_panel(Panel::Settings),
            Command::Audit => self.state.open_panel(Panel::Audit),
            Command::Statistics => self.state.open_panel(Panel::Statistics),
            Command::PrivateWindow => self.tasks.private_window(self.open_private.clone()),
            Command::Claim => self.state.open_panel(Panel::Claim),
            Command::Signing => self.state.open_panel(Panel::Signing),
            Command::RenameFiles => self.state.open_panel(Panel::Rename),
            Command::CopyVerification => self.copy_verification(ctx),
            Command::GroupCheck => self.state.open_panel(Panel::Group),
            Command::FieldRules => self.state.open_panel(Panel::Rules),
            Command::ShowQueue if self.state.narrow => self.state.queue_for_form ^= true,
            Command::ShowQueue => self.change_settings(ctx, |s| s.show_queue ^= true),
            Command::ShowForm => self.change_settings(ctx, |s| s.show_form ^= true),
            Command::SwitchLanguage => {
                let other = self.language.other();
                self.change_settings(ctx, |s| s.language = Some(other));
            }
            Command::SwitchTheme => self.change_settings(ctx, |s| s.theme = s.theme.next()),
            Command::ScaleUp => self.change_settings(ctx, |s| s.scale_percent = s.scaled(true)),
            Command::ScaleDown => self.change_settings(ctx, |s| s.scale_percent = s.scaled(false)),
            Command::ScaleReset => self.change_settings(ctx, |s| s.scale_percent = 100),
        }
    }

    /// Applies an edit; a refusal is shown. Returns whether it was applied.
    pub(super) fn apply(&mut self, edit: Edit) -> bool {
        match self.session.apply(edit) {
            Ok(_) => {
                self.state.listing_is_stale = true;
                self.state.settle_warnings();
                true
            }
            Err(e) => {
                self.state.draft = None;
                self.state.notify(NoticeKind::Warning, e.to_string());
                false
            }
        }
    }

    /// Ends the typing in the field in work: the next keystroke is an undo step of its own.
    pub(super) fn commit(&mut self) {
        self.state.draft = None;
        self.session.end_typing();
    }

    pub(super) fn in_work(&self) -> Option<(DocumentId, FieldPath)> {
        Some((self.state.document()?, self.state.field.clone()?))
    }

    pub(super) fn place_in_work(&self) -> Option<crate::geometry::Quad> {
        let (document, path) = self.in_work()?;
        self.session.document(document)?.document.record.get(&path)?.quad
    }

    /// The page that the field in work stands on.
    pub(super) fn page_in_work(&self) -> Option<usize> {
        let (document, path) = self.in_work()?;
        let document = &self.session.document(document)?.document;
        document.record.get(&path)?.page_among(&document.pages)
    }

    /// A page as a value of a document carries it: only where it is not the document's first.
    pub(super) fn further_page(&self, document: DocumentId, page: usize) -> Option<usize> {
        let first = self.session.document(document)?.document.pages.first().copied();
        (first != Some(page)).then_some(page)
    }

    // Settings.

    /// Gives a command other keys, unless something else needs them.
    fn set_keys(&mut self, ctx: &egui::Context, command: Command, shortcut: egui::KeyboardShortcut) {
        let t = &self.texts.shortcuts;
        let text = match self.keys.refusal(command, &shortcut) {
            Some(Refusal::Types) => t.types.clone(),
            Some(Refusal::TakenBy(other)) => fill(&t.taken, &[("name", &self.texts.command(other))]),
            None => {
                let (id, keys) = (command.id().to_owned(), keys::written(&shortcut));
                self.change_settings(ctx, |s| drop(s.keys.insert(id, keys)));
                self.keys = Keys::from_settings(&self.settings.keys);
                return;
            }
        };
        self.state.notify(NoticeKind::Warning, text);
    }

    /// The pane beside the page is there for what is worked on.
    pub(super) fn show_form_pane(&mut self) {
        self.settings.show_form = true;
    }

    fn change_settings(&mut self, ctx: &egui::Context, change: impl FnOnce(&mut Settings)) {
        change(&mut self.settings);
        if let Err(e) = self.apply_settings(ctx) {
            self.state.notify(NoticeKind::Failure, e.to_string());
        }
        if self.cjk == CjkFont::Missing && self.settings.language() != self.language {
            self.state.notify(NoticeKind::Warning, self.texts.window.no_cjk_font.clone());
        }
        let saved = self.settings_path.as_deref().map_or(Ok(()), |path| self.settings.save(path));
        if let Err(e) = saved {
            let text =
                fill(&self.texts.window.save_failed, &[("reason", &self.language.of_fault(e.as_ref()))]);
            self.state.notify(NoticeKind::Failure, format!("{text}{BEHIND}{e:#}"));
        }
    }
}
