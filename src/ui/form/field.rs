//! One value of the form: label, input, signs; for the value in work also its crop, what is
//! wrong with it in words, and what could be taken instead.

use eframe::egui::{
    self, Align, Button, Color32, Id, KeyboardShortcut, Modifiers, RichText, Sense, Stroke, TextEdit,
    TextFormat, Ui, text::LayoutJob, vec2,
};

use crate::{
    extract::{Field, FieldPath, State},
    geometry::Quad,
    kind::{FieldSpec, FieldType},
    review::{DocumentId, Edit, ReviewDocument},
    ui::{
        command::{ChosenIn, Command, Request},
        cx::{Cx, is_closed, small_icon_button},
        icon::Icon,
        page::{self, Tiles},
        sign,
        state::Draft,
        text::fill,
        theme::{BODY, PAPER, SMALL, STEP},
    },
    validate::{Issue, Severity},
};

/// Least and full width of the labels, in points.
const LABEL_WIDTH: (f32, f32) = (72.0, 112.0);
/// The labels' share of a form that is too narrow for their full width.
const LABEL_SHARE: f32 = 0.27;
const SIGN: f32 = 16.0;
/// Height of each line of a crop of several.
const CROP_LINE: f32 = 32.0;
/// Height of the crop of one line, and the most that several lines get.
const CROP_HEIGHT: (f32, f32) = (56.0, 128.0);
/// The most that text down the page gets, one character below the other.
const CROP_COLUMN: f32 = 240.0;

use super::{
    doubt::{self, DOUBTFUL_CHARACTER},
    second, suggest,
};

/// What the form knows of the value that it shows.
pub struct Shown<'a> {
    pub document: &'a ReviewDocument,
    pub path: FieldPath,
    pub label: String,
    /// `None` where the kind does not declare it.
    pub spec: Option<&'a FieldSpec>,
    /// More values may follow under the same key.
    pub removable: bool,
}

impl Shown<'_> {
    fn field(&self) -> Option<&Field> {
        self.document.document.record.get(&self.path)
    }

    pub fn field_type(&self) -> FieldType {
        self.spec.map_or(FieldType::Text, |s| s.field_type)
    }

    fn required(&self) -> bool {
        self.spec.is_some_and(|s| s.required)
    }

    fn issues(&self) -> impl Iterator<Item = &Issue> {
        self.document.document.issues.iter().filter(|i| i.fields.contains(&self.path))
    }
}

/// Identifies the input of a value; the same in the form and in a grid.
pub fn input_id(document: DocumentId, path: &FieldPath) -> Id {
    Id::unique(("field", document.0, path.to_string()))
}

/// Label, input, signs, and what belongs to the value in work.
pub fn show(ui: &mut Ui, cx: &mut Cx<'_>, tiles: &mut Tiles, shown: &Shown<'_>) {
    let in_work = cx.state.field.as_ref() == Some(&shown.path);
    let mut frame = egui::Frame::new().inner_margin(egui::Margin::symmetric(8, 2));
    if in_work {
        frame = frame.fill(cx.roles.selection_tint);
    }
    let response = frame.show(ui, |ui| {
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.x = STEP;
            label(ui, cx, shown, in_work);
            let signs = 2.0 * (SIGN + STEP) + if shown.removable { 24.0 + STEP } else { 0.0 };
            let width = (ui.available_width() - signs).max(60.0);
            input(ui, cx, shown, width);
            signs_of(ui, cx, shown);
        });
        if in_work {
            in_hand(ui, cx, tiles, shown);
        } else if let Some(issue) = shown.issues().next() {
            words(ui, cx, shown, issue);
        } else if let Some(reason) = reason(cx, shown) {
            sentence(ui, (Icon::Warning, cx.roles.doubtful), &reason);
        }
    });
    if in_work {
        let bar =
            egui::Rect::from_min_size(response.response.rect.min, vec2(3.0, response.response.rect.height()));
        ui.painter().rect_filled(bar, 0.0, cx.roles.selection);
    }
}

fn label_width(room: f32) -> f32 {
    (room * LABEL_SHARE).clamp(LABEL_WIDTH.0, LABEL_WIDTH.1)
}

fn label(ui: &mut Ui, cx: &Cx<'_>, shown: &Shown<'_>, in_work: bool) {
    let size = vec2(label_width(ui.available_width()), 24.0);
    let mut text = cx.quiet(shown.label.as_str());
    if in_work {
        text = text.color(cx.roles.text);
    }
    ui.allocate_ui_with_layout(size, egui::Layout::left_to_right(Align::Center), |ui| {
        ui.set_min_size(size);
        ui.add(egui::Label::new(text).truncate().sense(Sense::hover())).on_hover_text(&shown.label);
    });
}

/// What the input shows: what is being typed, else the value, else what is printed.
fn text_of(cx: &Cx<'_>, shown: &Shown<'_>) -> String {
    let draft = cx.state.draft.as_ref();
    if let Some(draft) = draft.filter(|d| d.document == shown.document.id && d.path == shown.path) {
        return draft.text.clone();
    }
    match shown.field() {
        Some(f) if f.value.is_none() && f.state == State::Invalid => f.raw.clone(),
        Some(f) => match (shown.field_type(), f.value.as_deref()) {
            (FieldType::Flag, Some(value)) => cx.in_words(shown.spec, value).to_owned(),
            (_, value) => value.unwrap_or_default().to_owned(),
        },
        None => String::new(),
    }
}

/// Why the value wants a person, where no check has said so.
fn reason(cx: &Cx<'_>, shown: &Shown<'_>) -> Option<String> {
    if !cx.session.needs_attention(shown.document.id, &shown.path) {
        return None;
    }
    let required = cx.session.requires(shown.document.id, &shown.path);
    if cx.session.wants_second_entry(shown.document.id, &shown.path) {
        return Some(cx.t.form.why_second.clone());
    }
    if cx.session.wants_first_entry(shown.document.id, &shown.path) {
        return Some(cx.t.form.why_first.clone());
    }
    let below = cx.session.look_below_of(&shown.document.document, &shown.path);
    doubt::reason(shown.field(), required, below, cx.t)
}

/// The input itself; every keystroke is an edit, so the checks run at once.
pub fn input(ui: &mut Ui, cx: &mut Cx<'_>, shown: &Shown<'_>, width: f32) {
    if cx.session.wants_second_entry(shown.document.id, &shown.path) && !is_closed(shown.document) {
        second::input(ui, cx, shown, width);
        return;
    }
    let grid = matches!(shown.path, FieldPath::Cell { .. });
    if let Some(spec) = shown.spec.filter(|s| !s.values.is_empty() && !grid) {
        choice(ui, cx, shown, spec, width);
        return;
    }
    let mut text = text_of(cx, shown);
    let id = input_id(shown.document.id, &shown.path);
    let closed = is_closed(shown.document);
    let wraps = matches!(shown.field_type(), FieldType::Text | FieldType::Multiline);
    let in_grid = matches!(shown.path, FieldPath::Cell { .. });
    let numeric = matches!(shown.field_type(), FieldType::Amount | FieldType::Number | FieldType::Percent);
    let confidences = marked(shown.field(), &text);
    let (plain, doubtful) = (cx.roles.text, cx.roles.doubtful);
    let mut layouter = move |ui: &Ui, text: &dyn egui::TextBuffer, wrap_width: f32| {
        let mut job = job(text.as_str(), &confidences, plain, doubtful);
        job.wrap.max_width = if wraps && !in_grid { wrap_width } else { f32::INFINITY };
        ui.fonts_mut(|f| f.layout_job(job))
    };
    let edit = match wraps && !in_grid {
        true => TextEdit::multiline(&mut text)
            .desired_rows(1)
            .return_key(KeyboardShortcut::new(Modifiers::ALT, egui::Key::Enter)),
        false => TextEdit::singleline(&mut text).clip_text(true),
    };
    let mut edit = edit
        .id(id)
        .lock_focus(true)
        .desired_width(width)
        .margin(egui::Margin::symmetric(6, 3))
        .layouter(&mut layouter)
        .interactive(!closed);
    if numeric && in_grid {
        edit = edit.align(egui::Align2::RIGHT_CENTER);
    }
    let response = ui.add(edit).accessible_name(&shown.label);
    if keyboard(cx, shown, &response) {
        select_all(ui, id, &text);
    }
    if response.changed() {
        let document = shown.document.id;
        cx.state.draft = Some(Draft { document, path: shown.path.clone(), text: text.clone() });
        cx.ask(Request::Edit(Edit::SetField { document, path: shown.path.clone(), value: Some(text) }));
    }
    if response.lost_focus() {
        let escaped = ui.input(|i| i.key_pressed(egui::Key::Escape));
        cx.ask(if escaped { Request::TakeBackTyping } else { Request::Commit });
    }
}

/// What is typed takes the place of the value, as wherever one comes to an input by the keyboard.
fn select_all(ui: &Ui, id: Id, text: &str) {
    let mut state = egui::text_edit::TextEditState::load(ui.ctx(), id).unwrap_or_default();
    let ends = [0, text.chars().count()].map(egui::text::CCursor::new);
    state.cursor.set_char_range(Some(egui::text::CCursorRange::two(ends[0], ends[1])));
    state.store(ui.ctx(), id);
}

/// The input of the field in work takes the keyboard when it is to, and returns so; one that has it is in
/// work.
pub fn keyboard(cx: &mut Cx<'_>, shown: &Shown<'_>, response: &egui::Response) -> bool {
    let in_work = cx.state.field.as_ref() == Some(&shown.path);
    let mut given = false;
    if in_work && std::mem::take(&mut cx.state.focus_field) {
        if !is_closed(shown.document) {
            response.request_focus();
            given = true;
        }
        response.scroll_to_me(Some(Align::Center));
    }
    cx.state.form_has_keyboard |= response.has_focus();
    if (response.gained_focus() || response.clicked()) && !in_work {
        cx.ask(Request::Field(shown.path.clone(), ChosenIn::Form));
    }
    given
}

/// A value of a closed list, chosen by name.
fn choice(ui: &mut Ui, cx: &mut Cx<'_>, shown: &Shown<'_>, spec: &FieldSpec, width: f32) {
    let value = text_of(cx, shown);
    let id = input_id(shown.document.id, &shown.path);
    let lang = cx.lang;
    let mut chosen = None;
    ui.add_enabled_ui(!is_closed(shown.document), |ui| {
        // A long name is cut: a row wider than the form pushes the form under the page.
        let list = egui::ComboBox::from_id_salt(id).width(width).truncate();
        let list = list.selected_text(spec.shown(&value, lang)).show_ui(ui, |ui| {
            for (other, name) in &spec.values {
                if ui.selectable_label(*other == value, name.get(lang)).clicked() {
                    chosen = Some(other.clone());
                }
            }
        });
        let response = list.response.on_hover_text(spec.shown(&value, lang));
        response
            .widget_info(|| egui::WidgetInfo::labeled(egui::accesskit::Role::ComboBox, true, &shown.label));
        keyboard(cx, shown, &response);
    });
    if let Some(value) = chosen {
        let (document, path) = (shown.document.id, shown.path.clone());
        cx.ask(Request::Edit(Edit::SetField { document, path, value: Some(value) }));
        cx.ask(Request::Commit);
    }
}

/// The characters' confidences, where they are of exactly this text.
fn marked(field: Option<&Field>, text: &str) -> Vec<f32> {
    match field {
        Some(f)
            if !f.confirmed
                && f.value.as_deref() == Some(text)
                && f.char_confidences.len() == text.chars().count() =>
        {
            f.char_confidences.clone()
        }
        _ => Vec::new(),
    }
}

/// The text with its doubtful characters coloured and underlined.
fn job(text: &str, confidences: &[f32], plain: Color32, doubtful: Color32) -> LayoutJob {
    let font = egui::FontId::proportional(BODY);
    let mut job = LayoutJob::default();
    if confidences.iter().all(|c| *c >= DOUBTFUL_CHARACTER) {
        job.append(text, 0.0, TextFormat::simple(font, plain));
        return job;
    }
    let mut buffer = [0; 4];
    for (i, c) in text.chars().enumerate() {
        let unsure = confidences.get(i).is_some_and(|c| *c < DOUBTFUL_CHARACTER);
        let mut format = TextFormat::simple(font.clone(), if unsure { doubtful } else { plain });
        if unsure {
            format.underline = Stroke::new(2.0, doubtful);
        }
        job.append(c.encode_utf8(&mut buffer), 0.0, format);
    }
    job
}

fn signs_of(ui: &mut Ui, cx: &mut Cx<'_>, shown: &Shown<'_>) {
    let field = shown.field();
    let origin = field.filter(|f| f.value.is_some()).and_then(|f| sign::of_origin(f.origin, cx.t, cx.roles));
    ui.allocate_ui_with_layout(vec2(SIGN, 24.0), egui::Layout::left_to_right(Align::Center), |ui| {
        ui.set_min_size(vec2(SIGN, 24.0));
        if let Some(origin) = origin {
            origin.icon.show(ui, 14.0, origin.color, origin.word);
        }
    });
    let wants = cx.session.needs_attention(shown.document.id, &shown.path);
    let state = sign::of_field(field, shown.required(), wants, cx.t, cx.roles);
    let mut word = state.word.to_owned();
    if let Some(f) = field.filter(|f| f.value.is_some() && f.confidence > 0.0 && !f.confirmed) {
        word = format!("{word} · {}", fill(&cx.t.form.confidence, &[("n", &percent(f.confidence))]));
    }
    ui.allocate_ui_with_layout(vec2(SIGN, 24.0), egui::Layout::left_to_right(Align::Center), |ui| {
        ui.set_min_size(vec2(SIGN, 24.0));
        state.icon.show(ui, SIGN, state.color, &word);
    });
    if shown.removable
        && !is_closed(shown.document)
        && let FieldPath::Item { key, index } = &shown.path
    {
        let name = cx.t.form.remove_value.clone();
        if small_icon_button(ui, Icon::Cross, &name).clicked() {
            let document = shown.document.id;
            cx.ask(Request::Edit(Edit::RemoveItem { document, key: key.clone(), index: *index }));
        }
    }
}

/// A share as `97%`; never rounded up to all.
pub fn percent(share: f32) -> String {
    format!("{:.0}%", (share.clamp(0.0, 1.0) * 100.0).floor())
}

/// Below the value in work: its crop, the issues, other readings, where it comes from.
pub fn in_hand(ui: &mut Ui, cx: &mut Cx<'_>, tiles: &mut Tiles, shown: &Shown<'_>) {
    let field = shown.field();
    let page = field.and_then(|f| f.page_among(&shown.document.document.pages));
    let on_this_page = cx.state.selection.is_some_and(|s| page == Some(s.page));
    if let Some(quad) = field.and_then(|f| f.quad).filter(|_| on_this_page) {
        let width = ui.available_width();
        // As many characters as fill so many lines of a box of this form.
        let characters = field.map_or(0, |f| f.raw.chars().count()) as f32;
        let lines = (characters * quad.height() / quad.width().max(1.0)).sqrt().round();
        let down = quad.height() > 2.0 * quad.width();
        let height = (lines * CROP_LINE).clamp(CROP_HEIGHT.0, if down { CROP_COLUMN } else { CROP_HEIGHT.1 });
        let (rect, response) = ui.allocate_exact_size(vec2(width, height), Sense::click());
        page::crop(ui, cx, tiles, rect, &upright(quad, shown.document), PAPER.selection);
        let name = fill(&cx.t.form.crop_of, &[("name", &shown.label)]);
        response.widget_info(|| egui::WidgetInfo::labeled(egui::accesskit::Role::Image, true, &name));
        if response.on_hover_text(cx.t.tooltip(Command::ZoomToField)).clicked() {
            cx.run(Command::ZoomToField);
        }
    }
    if cx.session.wants_second_entry(shown.document.id, &shown.path) {
        // What was read must not be seen before it is entered.
        second::below(ui, cx, shown);
        return;
    }
    let issues: Vec<_> = shown.issues().collect();
    for issue in &issues {
        words(ui, cx, shown, issue);
    }
    if issues.is_empty()
        && let Some(reason) = reason(cx, shown)
    {
        sentence(ui, (Icon::Warning, cx.roles.doubtful), &reason);
    }
    if !is_closed(shown.document) {
        if cx.session.needs_attention(shown.document.id, &shown.path) {
            decisions(ui, cx, shown);
        }
        suggestions(ui, cx, shown, &issues);
    }
    let Some(field) = field else { return };
    if field.value.is_some() {
        let origin = sign::origin_word(field.origin, cx.t);
        let text = if field.confidence > 0.0 && !field.confirmed {
            format!("{origin} · {}", fill(&cx.t.form.confidence, &[("n", &percent(field.confidence))]))
        } else {
            origin.to_owned()
        };
        ui.horizontal(|ui| {
            ui.add_space(label_width(ui.available_width()));
            ui.label(cx.quiet(text));
        });
    }
}

/// What can be said of a value that is to be looked at, each with its key.
fn decisions(ui: &mut Ui, cx: &mut Cx<'_>, shown: &Shown<'_>) {
    let has_value = shown.field().is_some_and(|f| f.value.is_some());
    let commands: &[Command] = match has_value {
        true => &[Command::AcceptField, Command::MarkIllegible, Command::MarkEmpty],
        false => &[Command::MarkEmpty, Command::MarkIllegible],
    };
    let indent = label_width(ui.available_width());
    ui.horizontal_top(|ui| {
        ui.add_space(indent);
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing.x = STEP;
            for command in commands {
                let text = format!("{}  {}", cx.t.command(*command), cx.shortcut(ui.ctx(), *command));
                let button = Button::new(RichText::new(text).size(SMALL)).small();
                if ui.add(button).on_hover_text(cx.t.tooltip(*command)).clicked() {
                    cx.run(*command);
                }
            }
        });
    });
}

/// The place of a value as its document is read: a line taken for upside down shows upright.
pub fn upright(quad: Quad, document: &ReviewDocument) -> Quad {
    let apart = (quad.angle() - document.document.found.location.angle()).rem_euclid(360.0);
    if (135.0..225.0).contains(&apart) { quad.rolled(2) } else { quad }
}

/// Other readings, what was confirmed before, and text of the page that could stand here.
fn suggestions(ui: &mut Ui, cx: &mut Cx<'_>, shown: &Shown<'_>, issues: &[&Issue]) {
    let none = Field::default();
    let field = shown.field().unwrap_or(&none);
    let value = field.value.as_deref();
    let suggested: Vec<_> = issues.iter().filter_map(|i| i.suggestion.as_deref()).collect();
    let again = cx.state.second_reading.as_ref();
    let again = again.filter(|(id, path, _)| *id == shown.document.id && *path == shown.path).cloned();
    let others: Vec<_> = again
        .iter()
        .map(|(_, _, text)| text)
        .chain(&field.alternatives)
        .filter(|a| Some(a.as_str()) != value && !suggested.contains(&a.as_str()))
        .take(4)
        .collect();
    let indent = label_width(ui.available_width());
    let mut adopted = None;
    let mut row = |ui: &mut Ui, name: &str, values: &mut dyn Iterator<Item = &String>| {
        let mut values = values.peekable();
        if values.peek().is_none() {
            return;
        }
        choices(ui, indent, cx.quiet(name), |ui| {
            for value in values {
                if ui.add(Button::new(RichText::new(value).size(SMALL)).small()).clicked() {
                    adopted = Some(value.clone());
                }
            }
        });
    };
    row(ui, &cx.t.form.other_readings, &mut others.into_iter());
    let draft = cx.state.draft.as_ref().filter(|d| d.path == shown.path);
    let typed = draft.map_or_else(String::new, |d| d.text.trim().to_owned());
    let history = suggest::from_history(cx.session, shown.document, &shown.path, &typed);
    row(ui, &cx.t.form.from_history, &mut history.iter());
    if let Some(value) = adopted {
        cx.ask(Request::Adopt(shown.path.clone(), value));
    }
    let wanted = !typed.is_empty() || cx.session.needs_attention(shown.document.id, &shown.path);
    let first = shown.document.document.pages.first();
    let page = cx.session.file_of(shown.document.id).and_then(|f| f.page(*first?));
    let Some(page) = page.filter(|_| wanted) else { return };
    let current = value.unwrap_or_default();
    let found = suggest::from_page(page, shown.document, shown.field_type(), current, &typed);
    if found.is_empty() {
        return;
    }
    choices(ui, indent, cx.quiet(&cx.t.form.from_page), |ui| {
        for line in found {
            if ui.add(Button::new(RichText::new(&line.text).size(SMALL)).small()).clicked() {
                let suggest::FromPage { text, quad, confidence } = line;
                cx.ask(Request::TakeLine { text, quad, confidence });
            }
        }
    });
}

/// What could be taken, below the inputs; what does not fit into one row goes on below its name.
fn choices(ui: &mut Ui, indent: f32, name: RichText, buttons: impl FnOnce(&mut Ui)) {
    ui.horizontal_top(|ui| {
        ui.add_space(indent);
        ui.horizontal_wrapped(|ui| {
            ui.label(name);
            buttons(ui);
        });
    });
}

/// A sign and a sentence below a value.
fn sentence(ui: &mut Ui, (icon, color): (Icon, Color32), text: &str) {
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = STEP;
        ui.add_space(label_width(ui.available_width()));
        icon.show(ui, 12.0, color, "");
        ui.add(egui::Label::new(RichText::new(text).size(SMALL).color(color)).wrap());
    });
}

/// An issue in words, with the button for its suggestion.
fn words(ui: &mut Ui, cx: &mut Cx<'_>, shown: &Shown<'_>, issue: &Issue) {
    let (icon, color) = match issue.severity {
        Severity::Error => (Icon::Cross, cx.roles.failed),
        Severity::Warning => (Icon::Warning, cx.roles.doubtful),
    };
    let message = issue.message.get(cx.lang).to_owned();
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = STEP;
        ui.add_space(label_width(ui.available_width()));
        icon.show(ui, 12.0, color, "");
        let suggestion = issue
            .suggestion
            .as_ref()
            .filter(|_| issue.fields.first() == Some(&shown.path) && !is_closed(shown.document));
        ui.vertical(|ui| {
            ui.add(egui::Label::new(RichText::new(message).size(SMALL).color(color)).wrap());
            if let Some(value) = suggestion {
                let text = fill(&cx.t.form.adopt, &[("value", value)]);
                let button = Button::new((Icon::CheckCircle.atom(), RichText::new(text).size(SMALL)));
                let tooltip = format!(
                    "{}  {}",
                    cx.t.tooltip(Command::AdoptSuggestion),
                    cx.shortcut(ui.ctx(), Command::AdoptSuggestion)
                );
                if ui.add(button).on_hover_text(tooltip).clicked() {
                    cx.ask(Request::Adopt(shown.path.clone(), value.clone()));
                }
            }
        });
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_doubtful_characters_are_marked() {
        let (plain, doubtful) = (Color32::BLACK, Color32::RED);
        let marked = job("票1据", &[0.99, 0.4, 0.95], plain, doubtful);
        let colours: Vec<_> = marked.sections.iter().map(|s| s.format.color).collect();
        assert_eq!(colours, [plain, doubtful, plain]);
        assert_eq!(marked.text, "票1据");
        assert_eq!(job("票1据", &[], plain, doubtful).sections.len(), 1);
    }

    #[test]
    fn marks_need_the_text_that_was_read() {
        let field = Field {
            value: Some("12".into()),
            char_confidences: vec![0.9, 0.1],
            state: State::Doubtful,
            ..Field::default()
        };
        assert_eq!(marked(Some(&field), "12").len(), 2);
        assert!(marked(Some(&field), "123").is_empty());
        assert!(marked(Some(&Field { confirmed: true, ..field }), "12").is_empty());
    }
}
