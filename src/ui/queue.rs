//! The queue pane: files with thumbnail, kind and state; the documents of a file below it.
//!
//! Only rows in sight are laid out, so thousands of files cost nothing.

use eframe::egui::{
    self, Align, Button, Color32, FontId, Layout, Rect, RichText, ScrollArea, Sense, Stroke, TextEdit, Ui,
    WidgetInfo, accesskit::Role, pos2, vec2,
};

use crate::{
    fault,
    review::{DocumentState, FileEntry, ReadingState, ReviewDocument},
};

use super::{
    command::{Command, Request},
    cx::{Cx, page_count, page_error, small_icon_button},
    icon::Icon,
    listing::{self, Filter, Sort},
    sign::{self, Sign},
    state::Panel,
    text::fill,
    theme::{BODY, SMALL, STEP},
};

const FILE_HEIGHT: f32 = 56.0;
const DOCUMENT_HEIGHT: f32 = 28.0;
const THUMBNAIL: egui::Vec2 = vec2(36.0, 44.0);

/// One row of the list.
enum Row<'a> {
    File(&'a FileEntry),
    Document(&'a FileEntry, &'a ReviewDocument, usize),
}

impl Row<'_> {
    fn height(&self) -> f32 {
        match self {
            Self::File(_) => FILE_HEIGHT,
            Self::Document(..) => DOCUMENT_HEIGHT,
        }
    }
}

/// The whole pane.
pub fn show(ui: &mut Ui, cx: &mut Cx<'_>) {
    ui.take_available_width();
    let frame = egui::Frame::new().inner_margin(egui::Margin::symmetric(8, 4));
    egui::Panel::top("queue head").exact_size(68.0).frame(frame).show(ui, |ui| {
        head(ui, cx);
        search(ui, cx);
    });
    let mut rows = Vec::new();
    for file in cx.state.listing.files(cx.session) {
        rows.push(Row::File(file));
        if file.documents.len() > 1 {
            let listing = &cx.state.listing;
            let documents = file.documents.iter().enumerate().filter(|(_, d)| listing.document_passes(d));
            rows.extend(documents.map(|(i, d)| Row::Document(file, d, i)));
        }
    }
    if rows.is_empty() && !cx.session.files().is_empty() {
        ui.add_space(4.0 * STEP);
        let searched = !cx.state.listing.query.trim().is_empty();
        let text = if searched { &cx.t.queue.empty_search } else { &cx.t.queue.empty_filter };
        ui.vertical_centered(|ui| ui.label(cx.quiet(text)));
        return;
    }
    list(ui, cx, &rows);
}

fn list(ui: &mut Ui, cx: &mut Cx<'_>, rows: &[Row<'_>]) {
    ui.spacing_mut().item_spacing.y = 0.0;
    let total: f32 = rows.iter().map(Row::height).sum();
    ScrollArea::vertical().id_salt("queue").auto_shrink(false).show_viewport(ui, |ui, seen| {
        ui.set_height(total);
        let (left, width, top) = (ui.min_rect().left(), ui.available_width(), ui.min_rect().top());
        let mut y = 0.0;
        for row in rows {
            let rect = Rect::from_min_size(pos2(left, top + y), vec2(width, row.height()));
            let selected = is_selected(cx, row);
            if selected && std::mem::take(&mut cx.state.reveal_selection) {
                ui.scroll_to_rect(rect, None);
            }
            if y + row.height() >= seen.top() && y <= seen.bottom() {
                match row {
                    Row::File(file) => file_row(ui, cx, rect, file, selected),
                    Row::Document(file, d, index) => document_row(ui, cx, rect, file, d, *index, selected),
                }
            }
            y += row.height();
        }
    });
}

fn is_selected(cx: &Cx<'_>, row: &Row<'_>) -> bool {
    let Some(selection) = cx.state.selection else { return false };
    match row {
        Row::File(f) => f.id == selection.file && (f.documents.len() < 2 || selection.document.is_none()),
        Row::Document(_, d, _) => selection.document == Some(d.id),
    }
}

fn filter_name<'a>(cx: &Cx<'a>, filter: Filter) -> &'a str {
    match filter {
        Filter::All => &cx.t.queue.all,
        Filter::State(state) => sign::state_word(state, cx.t),
        Filter::Failed => &cx.t.queue.failed,
    }
}

/// The filter with its counters.
fn head(ui: &mut Ui, cx: &mut Cx<'_>) {
    ui.horizontal(|ui| {
        let counts = cx.session.state_counts();
        let failed = cx.session.files().iter().filter(|f| listing::failed(f)).count();
        let count = |filter| match filter {
            Filter::All => cx.session.documents().count(),
            Filter::State(state) => counts.get(&state).copied().unwrap_or(0),
            Filter::Failed => failed,
        };
        let current = cx.state.listing.filter;
        let text = format!("{} {}", filter_name(cx, current), count(current));
        let button =
            Button::new((RichText::new(text).strong(), Icon::Down.atom())).frame_when_inactive(false);
        let mut chosen = None;
        let all = [
            Filter::All,
            Filter::State(DocumentState::ToReview),
            Filter::State(DocumentState::Postponed),
            Filter::State(DocumentState::Rejected),
            Filter::State(DocumentState::Confirmed),
            Filter::State(DocumentState::Exported),
            Filter::Failed,
        ];
        let (response, _) = egui::containers::menu::MenuButton::from_button(button).ui(ui, |ui| {
            for filter in all {
                let row = Button::selectable(filter == current, filter_name(cx, filter))
                    .right_text(RichText::new(count(filter).to_string()).weak())
                    .min_size(vec2(160.0, 28.0));
                if ui.add(row).clicked() {
                    chosen = Some(filter);
                    ui.close();
                }
            }
        });
        response.on_hover_text(&cx.t.queue.filter);
        if let Some(filter) = chosen {
            cx.ask(Request::Filter(filter));
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| order(ui, cx));
    });
}

/// The menu of orders.
fn order(ui: &mut Ui, cx: &mut Cx<'_>) {
    let button = Button::new(Icon::Sort.atom()).frame_when_inactive(false).min_size(vec2(24.0, 24.0));
    let current = cx.state.listing.sort;
    let mut chosen = None;
    let (response, _) = egui::containers::menu::MenuButton::from_button(button).ui(ui, |ui| {
        for sort in Sort::ALL {
            let t = &cx.t.queue;
            let name = match sort {
                Sort::Arrival => &t.by_arrival,
                Sort::Name => &t.by_name,
                Sort::Kind => &t.by_kind,
                Sort::Work => &t.by_work,
            };
            let row = Button::selectable(sort == current, name.as_str()).min_size(vec2(160.0, 28.0));
            if ui.add(row).clicked() {
                chosen = Some(sort);
                ui.close();
            }
        }
    });
    response.on_hover_text(&cx.t.queue.order).accessible_name(&cx.t.queue.order);
    if let Some(sort) = chosen {
        cx.ask(Request::Sort(sort));
    }
}

/// Search over names, kinds, values and text.
fn search(ui: &mut Ui, cx: &mut Cx<'_>) {
    ui.horizontal(|ui| {
        let mut query = cx.state.listing.query.clone();
        let clear = if query.is_empty() { 0.0 } else { 28.0 };
        let edit = TextEdit::singleline(&mut query)
            .hint_text(&cx.t.queue.search)
            .desired_width(ui.available_width() - clear - 8.0);
        let tooltip = format!(
            "{}  {}",
            cx.t.tooltip(Command::SearchQueue),
            cx.shortcut(ui.ctx(), Command::SearchQueue)
        );
        let response = ui.add(edit).accessible_name(&cx.t.queue.search).on_hover_text(tooltip);
        if std::mem::take(&mut cx.state.focus_search) {
            response.request_focus();
        }
        // Enter opens the first that was found.
        if response.lost_focus() && ui.input(|i| i.key_pressed(egui::Key::Enter)) {
            cx.ask(Request::ShowListed);
        }
        let mut changed = response.changed();
        if clear > 0.0 {
            let name = cx.t.queue.clear_search.clone();
            if small_icon_button(ui, Icon::Cross, &name).clicked() {
                query.clear();
                changed = true;
            }
        }
        if changed {
            cx.ask(Request::Search(query));
        }
    });
}

/// Background, click and screen-reader name of a row. Returns whether it was clicked.
fn ground(ui: &Ui, cx: &Cx<'_>, rect: Rect, id: egui::Id, selected: bool, name: &str) -> bool {
    let response = ui.interact(rect, id, Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, selected, name));
    let fill = match (selected, response.hovered()) {
        (true, _) => Some(cx.roles.selection_tint),
        (false, true) => Some(cx.roles.raised),
        (false, false) => None,
    };
    if let Some(fill) = fill {
        ui.painter().rect_filled(rect, 0.0, fill);
    }
    if selected {
        let bar = Rect::from_min_size(rect.min, vec2(3.0, rect.height()));
        ui.painter().rect_filled(bar, 0.0, cx.roles.selection);
    }
    response.clicked()
}

/// One line of text in `rect`, cut off at its right end.
fn line(ui: &Ui, rect: Rect, text: &str, size: f32, color: Color32) {
    let mut job =
        egui::text::LayoutJob::simple_singleline(text.to_owned(), FontId::proportional(size), color);
    job.wrap = egui::text::TextWrapping::truncate_at_width(rect.width().max(1.0));
    let galley = ui.fonts_mut(|f| f.layout_job(job));
    let y = rect.center().y - galley.size().y / 2.0;
    ui.painter().galley(pos2(rect.left(), y), galley, color);
}

/// A file name that is too long for `width` points without its middle: what tells the files of a scanner
/// apart is at the end.
pub fn elided(ui: &Ui, name: &str, size: f32, width: f32) -> String {
    let font = FontId::proportional(size);
    let (widths, gap) = ui.fonts_mut(|f| {
        let widths: Vec<f32> = name.chars().map(|c| f.glyph_width(&font, c)).collect();
        (widths, f.glyph_width(&font, '…'))
    });
    if widths.iter().sum::<f32>() <= width {
        return name.to_owned();
    }
    let (head, tail) = ends(&widths, width - gap);
    let behind = name.chars().skip(widths.len() - tail);
    name.chars().take(head).chain(std::iter::once('…')).chain(behind).collect()
}

/// How many characters of these widths fit into `room` from the start and from the end, half of it each.
fn ends(widths: &[f32], room: f32) -> (usize, usize) {
    let fitting = |widths: &mut dyn Iterator<Item = &f32>, room: f32| {
        let mut left = room;
        widths
            .take_while(|w| {
                left -= **w;
                left >= 0.0
            })
            .count()
    };
    let tail = fitting(&mut widths.iter().rev(), room / 2.0);
    let used: f32 = widths.iter().rev().take(tail).sum();
    let head = fitting(&mut widths.iter(), room - used).min(widths.len() - tail);
    (head, tail)
}

fn file_row(ui: &mut Ui, cx: &mut Cx<'_>, rect: Rect, file: &FileEntry, selected: bool) {
    let name = file.path.file_name().map_or_else(String::new, |n| n.to_string_lossy().into_owned());
    let (note, color) = found_in(cx, file).unwrap_or_else(|| note_of(cx, file));
    let sign = sign_of(cx, file);
    let spoken = format!("{name}, {note}{}", sign.map_or_else(String::new, |s| format!(", {}", s.word)));
    let id = ui.scope_id().with(("file", file.id.0));
    if ground(ui, cx, rect, id, selected, &spoken) {
        let document = file.documents.iter().find(|d| cx.state.listing.document_passes(d)).map(|d| d.id);
        let page = document
            .and_then(|id| cx.session.document(id))
            .and_then(|d| d.document.pages.first().copied())
            .or_else(|| file.pages.first().map(|p| p.page))
            .unwrap_or(1);
        cx.ask(Request::Select { file: file.id, document, page });
    }
    let inner = rect.shrink2(vec2(2.0 * STEP, 6.0));
    let picture = Rect::from_min_size(inner.min, THUMBNAIL);
    thumbnail(ui, cx, picture, file);

    let button = failure_button(cx, file);
    let right = if sign.is_some() || button.is_some() { 24.0 } else { 0.0 };
    let words =
        Rect::from_min_max(pos2(picture.right() + 2.0 * STEP, inner.top()), inner.max - vec2(right, 0.0));
    let (upper, lower) = words.split_top_bottom_at_fraction(0.5);
    let short = elided(ui, &name, BODY, upper.width());
    line(ui, upper, &short, BODY, cx.roles.text);
    line(ui, lower, &note, SMALL, color);
    let place = Rect::from_center_size(pos2(inner.right() - 8.0, rect.center().y), vec2(16.0, 16.0));
    if let Some((icon, name, request)) = button {
        let response = ui.put(place.expand(4.0), Button::new(icon.atom()).frame_when_inactive(false));
        if response.on_hover_text(&name).accessible_name(&name).clicked() {
            cx.ask(request);
        }
    } else if let Some(sign) = sign {
        sign.icon.paint(ui.painter(), place, sign.color);
    }
    ui.interact(words, id.with("tip"), Sense::hover()).on_hover_ui(|ui| {
        ui.label(file.path.display().to_string());
        for page in &file.pages {
            for text in page.remarks().chain(page.error.as_deref()) {
                ui.label(fill(
                    &cx.t.queue.on_page,
                    &[("n", &page.page), ("text", &cx.lang.of_message(text))],
                ));
            }
        }
        if let ReadingState::Failed { message, .. } = &file.state {
            ui.label(RichText::new(cx.lang.of_message(message)).color(cx.roles.failed));
            if let (_, Some(raw)) = fault::parts(message) {
                ui.label(cx.quiet(raw));
            }
        }
    });
}

fn thumbnail(ui: &Ui, cx: &mut Cx<'_>, place: Rect, file: &FileEntry) {
    match cx.images.thumbnail(file.id) {
        Some(texture) => {
            let size = texture.size_vec2();
            let scale = (place.width() / size.x).min(place.height() / size.y);
            let rect = Rect::from_center_size(place.center(), size * scale);
            let uv = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
            ui.painter().image(texture.id(), rect, uv, Color32::WHITE);
            let border = Stroke::new(1.0, cx.roles.border);
            ui.painter().rect_stroke(rect, 0.0, border, egui::StrokeKind::Outside);
        }
        None => {
            if cx.images.needs_thumbnail(file.id) && !matches!(file.state, ReadingState::Failed { .. }) {
                cx.ask(Request::Thumbnail(file.id));
            }
            let rect = Rect::from_center_size(place.center(), vec2(20.0, 20.0));
            Icon::File.paint(ui.painter(), rect, cx.roles.quiet);
        }
    }
}

/// Of a file with one document, what a search has found in it.
fn found_in(cx: &Cx<'_>, file: &FileEntry) -> Option<(String, Color32)> {
    let [only] = file.documents.as_slice() else { return None };
    Some((cx.state.listing.excerpt(only.id)?.to_owned(), cx.roles.text))
}

/// The second line of a file's row.
fn note_of(cx: &Cx<'_>, file: &FileEntry) -> (String, Color32) {
    let t = &cx.t.queue;
    let quiet = cx.roles.quiet;
    match &file.state {
        ReadingState::Failed { message, .. } => (cx.lang.of_message(message).to_owned(), cx.roles.failed),
        ReadingState::Waiting if file.documents.is_empty() => (t.waiting.clone(), quiet),
        ReadingState::Reading if file.documents.is_empty() => match file.current_page {
            Some(page) => {
                (fill(&t.reading_page, &[("n", &page), ("all", &page_count(file))]), cx.roles.selection)
            }
            None => (t.reading_first.clone(), cx.roles.selection),
        },
        _ => {
            if let Some(error) = page_error(file).filter(|_| file.documents.is_empty()) {
                return (cx.lang.of_message(error).to_owned(), cx.roles.failed);
            }
            let pages = page_count(file);
            let text = match file.documents.as_slice() {
                [] => t.nothing_found.clone(),
                [only] => cx.kind_name(&only.document).to_owned(),
                several => fill(&t.no_documents, &[("n", &several.len())]),
            };
            let text = match pages {
                0 | 1 => text,
                _ => format!("{text} · {}", fill(&t.pages, &[("n", &pages)])),
            };
            // What is wrong with the picture, while somebody can still take a better one.
            let open = file.documents.iter().any(|d| d.document.state == DocumentState::ToReview);
            match file.pages.iter().flat_map(|p| p.remarks()).next().filter(|_| open) {
                Some(remark) => (format!("{text} · {}", cx.lang.of_message(remark)), cx.roles.doubtful),
                None => (text, quiet),
            }
        }
    }
}

/// The sign of a file: that of its document, or of the worst of its documents.
fn sign_of<'a>(cx: &Cx<'a>, file: &FileEntry) -> Option<Sign<'a>> {
    let order = |state: DocumentState| match state {
        DocumentState::ToReview => 0,
        DocumentState::Rejected => 1,
        DocumentState::Postponed => 2,
        DocumentState::Confirmed => 3,
        DocumentState::Exported => 4,
    };
    let key = |d: &&ReviewDocument| (order(d.document.state), cx.session.is_clean(d.id));
    let worst = file.documents.iter().min_by_key(key)?;
    let twin = cx.state.listing.twin(worst.id);
    if twin.is_some() && worst.document.state == DocumentState::ToReview {
        return Some(Sign { icon: Icon::Columns, color: cx.roles.doubtful, word: &cx.t.queue.twin });
    }
    let clean = cx.session.is_clean(worst.id);
    Some(sign::of_document(worst.document.state, clean, cx.t, cx.roles))
}

/// What can be done about a file that failed.
fn failure_button(cx: &Cx<'_>, file: &FileEntry) -> Option<(Icon, String, Request)> {
    match &file.state {
        ReadingState::Failed { needs_password: true, .. } => Some((
            Icon::Key,
            cx.t.queue.enter_password.clone(),
            Request::Panel(Some(Panel::Password(file.id))),
        )),
        ReadingState::Done if file.documents.is_empty() && page_error(file).is_some() => {
            Some((Icon::Retry, cx.t.queue.read_again.clone(), Request::ReadFile(file.id)))
        }
        ReadingState::Failed { .. } => {
            Some((Icon::Retry, cx.t.queue.read_again.clone(), Request::ReadFile(file.id)))
        }
        _ => None,
    }
}

fn document_row(
    ui: &mut Ui,
    cx: &mut Cx<'_>,
    rect: Rect,
    file: &FileEntry,
    document: &ReviewDocument,
    index: usize,
    selected: bool,
) {
    let kind = cx.kind_name(&document.document).to_owned();
    let mut name = fill(&cx.t.queue.document_of, &[("kind", &kind), ("n", &(index + 1))]);
    if let Some(excerpt) = cx.state.listing.excerpt(document.id) {
        name = format!("{name} · {excerpt}");
    }
    let clean = cx.session.is_clean(document.id);
    let sign = sign::of_document(document.document.state, clean, cx.t, cx.roles);
    let id = ui.scope_id().with(("document", document.id.0));
    if ground(ui, cx, rect, id, selected, &format!("{name}, {}", sign.word)) {
        let page = document.document.pages.first().copied().unwrap_or(1);
        cx.ask(Request::Select { file: file.id, document: Some(document.id), page });
    }
    let x = rect.left() + 26.0;
    let branch = Stroke::new(1.0, cx.roles.border);
    ui.painter().vline(x, egui::Rangef::new(rect.top(), rect.center().y), branch);
    ui.painter().hline(egui::Rangef::new(x, x + 10.0), rect.center().y, branch);
    let words = Rect::from_min_max(pos2(x + 16.0, rect.top()), rect.max - vec2(32.0, 0.0));
    line(ui, words, &name, SMALL, cx.roles.text);
    let place = Rect::from_center_size(pos2(rect.right() - 16.0, rect.center().y), vec2(14.0, 14.0));
    sign.icon.paint(ui.painter(), place, sign.color);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_name_keeps_both_its_ends() {
        assert_eq!(ends(&[10.0; 9], 60.0), (3, 3));
        assert_eq!(ends(&[10.0, 10.0, 40.0, 10.0], 25.0), (1, 1));
        assert_eq!(ends(&[10.0; 3], 0.0), (0, 0));
        assert_eq!(ends(&[], 50.0), (0, 0));
    }
}
