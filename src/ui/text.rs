//! The window's words in Chinese and English, loaded strictly from `assets/text/`.
//!
//! A missing or unknown key is an error when loading; in code every text is a struct field, so a
//! wrong key does not compile.

use std::{borrow::Cow, collections::BTreeMap, path::Path};

use anyhow::Context as _;
use serde::Deserialize;

use super::command::Command;
use crate::fault;
pub use crate::kind::Lang as Language;

impl Language {
    pub const ALL: [Self; 2] = [Self::Zh, Self::En];

    /// The language that the system's locale asks for; Chinese where it asks for none.
    pub fn of_system() -> Self {
        let locale = ["LC_ALL", "LC_MESSAGES", "LANG"]
            .iter()
            .filter_map(|key| std::env::var(key).ok())
            .find(|value| !value.is_empty());
        locale.map_or(Self::Zh, |l| Self::of_locale(&l))
    }

    /// The language of a POSIX locale name such as `zh_CN.UTF-8`.
    pub fn of_locale(locale: &str) -> Self {
        let language = locale.split(['_', '.', '-', '@']).next().unwrap_or_default();
        match language {
            "zh" | "C" | "POSIX" | "" => Self::Zh,
            _ => Self::En,
        }
    }

    pub fn other(self) -> Self {
        match self {
            Self::Zh => Self::En,
            Self::En => Self::Zh,
        }
    }

    /// The language's own name for itself.
    pub fn name(self) -> &'static str {
        match self {
            Self::Zh => "中文",
            Self::En => "English",
        }
    }

    /// The part of a message "中文 / English" in this language; the whole where it has one part.
    pub fn of_message(self, message: &str) -> &str {
        let (sentence, _) = fault::parts(message);
        match sentence.split_once(" / ") {
            Some((zh, en)) => match self {
                Self::Zh => zh,
                Self::En => en,
            },
            None => sentence,
        }
    }

    /// What an error of the system, or one that comes from it, means.
    pub fn of_fault(self, error: &(dyn std::error::Error + 'static)) -> &'static str {
        let fault::Words { zh, en } = fault::of_error(error);
        match self {
            Self::Zh => zh,
            Self::En => en,
        }
    }

    /// As [`Self::of_message`], with the path that ends the message for both languages:
    /// "中文 / English (/path)" or "中文 / English: /path".
    pub fn with_path(self, message: &str) -> Cow<'_, str> {
        let text = self.of_message(message);
        let (sentence, _) = fault::parts(message);
        let whole = sentence.strip_suffix(')').unwrap_or(sentence);
        let mut tails = [" (", ": "].into_iter().flat_map(|open| {
            whole.match_indices(open).filter_map(move |(at, _)| whole.get(at + open.len()..))
        });
        match tails.find(|tail| Path::new(tail).is_absolute()) {
            Some(path) if !text.contains(path) => format!("{text}（{path}）").into(),
            _ => text.into(),
        }
    }
}

/// What a command is called.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CommandText {
    pub text: String,
    pub tooltip: String,
}

macro_rules! texts {
    ($($section:ident: $name:ident { $($key:ident),* $(,)? })*) => {
        /// All texts of one language.
        #[derive(Debug, Clone, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct Texts {
            $(pub $section: $name,)*
            /// By [`Command::id`].
            command: BTreeMap<String, CommandText>,
        }
        $(
            #[derive(Debug, Clone, Deserialize)]
            #[serde(deny_unknown_fields)]
            pub struct $name { $(pub $key: String),* }
        )*
    };
}

texts! {
    window: WindowTexts {
        title, open, reading, time_left, remaining, dismiss, retry, open_result_folder, close,
        no_cjk_font, save_failed, drop_here, show_failed, read_on,
        saved, tools,
        paused,
    }
    group: GroupTexts {
        files, fields, documents, page, templates, window,
    }
    queue: QueueTexts {
        all, to_review, postponed, rejected, confirmed, exported, failed, filter, empty_filter,
        waiting, reading_page, reading_first, nothing_found, enter_password, read_again,
        no_documents, document_of, on_page, pages, search, clear_search, empty_search, order,
        by_arrival, by_name, by_kind, by_work,
        twin,
    }
    page: PageTexts {
        title, decoding, failed, page_of, overlays, lines, fields, tables, seals, find, find_hint,
        find_none, find_count, reader_here, field_box,
    }
    form: FormTexts {
        row_menu, nothing_selected, waiting, left, reading, change_kind, search_kind, kind_confidence, to_check, errors,
        fine, not_printed, section_other, section_text, section_key_values, table_of, add_row,
        remove_row, move_row_up, move_row_down, add_value, remove_value, row_count, adopt,
        other_readings, crop_of, to_first_error, copy, copy_rows, no_text, confidence, comma, unprinted,
        fold_unprinted, why_missing, why_below, why_invalid, why_characters, why_confidence,
        why_place, from_page, from_history, twin, show_twin, yes, no,
        compare_twin,
        second_entry, second_hint, second_differs, why_second, why_first,
    }
    state: StateTexts {
        ok, doubtful, invalid, missing, not_printed, with_source, missing_required, confirmed, illegible,
    }
    origin: OriginTexts {
        read, computed, code, text_layer, typed,
    }
    export: ExportTexts {
        title, what, all, confirmed, selected, format, excel, json, csv, utf8, gb18030, word, pdf,
        markdown, text, cloud, go, done,
        nothing, running, errors_left, leave_out, take_along, save_as, choose_folder,
        columns, all_columns, choose_columns, heading_of, profile_name, save_profile,
        move_column_up, move_column_down,
        changed, open_left, every_column, no_column, place_of,
    }
    open: OpenTexts {
        images, choose_files, choose_folder, no_dialog, nothing_found, already_there, clipboard_empty,
        paste_failed, no_sample,
    }
    password: PasswordTexts {
        title, hint, wrong, input, go,
    }
    reason: ReasonTexts {
        title, hint, input, go,
        second, second_title, second_hint,
    }
    clean: CleanTexts {
        title, hint, none, go,
        sampled, sample_seen, sample_left, next_sample,
        sum_of_kind, count_of_kind, sum,
    }
    table: TableTexts {
        title, size, place, cell, row, column, rows, columns, cells, previous, next, hint, copy_hint,
        row_above, row_below, join_rows, delete_row,
        column_left, column_right, join_columns, delete_column,
        merge, split_columns, split_rows,
        whole, draw, draw_hint, no_area, remove, to_rows, to_rows_hint, no_rows, rows_taken,
        doubtful, next_doubtful, cell_doubtful,
    }
    template: TemplateTexts {
        title, form_name, no_name, name_zh, name_en, key, holds, required, checks, columns, add_column, starts_row, no_table,
        references, places, reference_text, remove, tried, tried_none, fit, recognised, doubtful, other_kind,
        not_yet_saved, no_sample, hint_references, hint_places, mark_reference, mark_place,
        left, top, right, bottom,
        type_text, type_multiline, type_digits, type_identifier, type_date, type_amount, type_number, type_percent,
        type_in_words, type_seal, type_sealed, type_code, type_table,
        check_id_card, check_credit_code, check_luhn, check_phone, check_plate, check_vin,
        check_not_in_future, check_not_expired, check_not_before, check_in_words, check_sum,
        saved, not_saved, not_deleted, no_folder, no_text_there, page_unread,
        list_title, list_hint, list_empty, edit, delete, delete_really, unsaved_title, unsaved_hint, abandon,
    }
    palette: PaletteTexts {
        title, input, none,
    }
    shortcuts: ShortcutTexts {
        title, hint, press, reset, types, taken, mouse, mouse_zoom, mouse_pan, mouse_take,
        mouse_box,
    }
    settings: SettingsTexts {
        title, language, theme, theme_system, theme_light, theme_dark, scale, chinese_without_font,
        look_below, look_below_hint, look_below_off, unprinted, show_unprinted, operator, operator_hint,
        theme_contrast,
        sample, sample_hint, sample_off,
    }
    compare: CompareTexts {
        title, by_file, by_number, by_facts, by_picture, all_same, differing, open_other,
        reject_this, reject_other, reason,
    }
    audit: AuditTexts {
        title, hint, everything, this_document, none, because, export_json, export_csv, export_hint,
        verify, verify_hint, exported, intact,
        no_dialog,
    }
    action: ActionTexts {
        typed, taken_from_page, accepted, illegible, restored, item_added, item_removed, row_added,
        row_removed, row_moved, state_changed, kind_changed, document_added, document_removed,
        page_turned, file_added, file_removed, undone, redone, second_entry,
        file_renamed, table_changed, exported_open,
    }
    arrange: ArrangeTexts {
        title, hint, page, merge, move_up, move_down, to_before, to_behind, split, split_at,
    }
    claim: ClaimTexts {
        take, title, hint, person, department, purpose, date, documents, confirmed, everything, none,
        cost, what, who, amount, deductible, missing, deduction_needs, no_amount, total, total_tax,
        by_cost, by_person, left_out, workbook, pdf, done,
        open, no_date,
    }
    signing: SigningTexts {
        title, hint, nothing_missing, parties, unnamed, person, no_seal, other_seals, unread, places,
        no_places, paging, no_paging, paging_on, paging_missing, left_edge, right_edge, amounts, total,
        differ, dates, term, pages, page_count, on_page, go,
    }
    keeping: KeepingTexts {
        private, private_hint, always_private, always_private_hint, encrypted, encrypted_hint, password,
        password_hint, forgotten, set, change, change_or_remove, remove, current, new, again, differs,
        too_short, busy, while_reading, no_password_in_private, is_set, is_removed, cache_left, plain_left,
        locked, locked_hint, locked_lost, opening, unlock, quit, unsaved, unsaved_hint, close_unsaved, close_anyway, stay,
    }
    rename: RenameTexts {
        title, hint, pattern, insert, none, same, missing, go, done,
    }
    group_check: GroupCheckTexts {
        title, hint, kind, field, all, none, no_place, right, open,
        none_anywhere, all_closed, list_all, go_on,
    }
    stats: StatsTexts {
        title, hint, pages, per_page, by_day, by_kind, by_field, day, who, confirmed, rejected,
        corrected, seconds, kind, documents, untouched, field, values, accuracy, no_days, no_fields,
    }
    rules: RulesTexts {
        title, hint, none, usual, twice,
    }
    empty: EmptyTexts {
        title, hint, formats, privacy,
    }
    undo: UndoTexts {
        nothing_to_undo, nothing_to_redo,
    }
    notice: NoticeTexts {
        all_done, cancelled, finished, finished_with_failures, no_suggestion, all_resolved,
        no_field, no_place, line_unread, turned, confirmed_all, errors_stand,
        none_failed, arranged, verification_copied, verification_lacks, confirm_again, listed_done,
        read_differently, read_the_same,
    }
}

impl Texts {
    /// The built-in texts of a language.
    pub fn load(language: Language) -> anyhow::Result<Self> {
        let (name, source) = match language {
            Language::Zh => ("zh.toml", include_str!("../../assets/text/zh.toml")),
            Language::En => ("en.toml", include_str!("../../assets/text/en.toml")),
        };
        let texts: Self = toml::from_str(source).context(name)?;
        for command in Command::ALL {
            anyhow::ensure!(texts.command.contains_key(command.id()), "{name}: command.{}", command.id());
        }
        anyhow::ensure!(texts.command.len() == Command::ALL.len(), "{name}: unknown command");
        Ok(texts)
    }

    /// What a command is called.
    pub fn command(&self, command: Command) -> &str {
        self.command.get(command.id()).map_or(command.id(), |c| &c.text)
    }

    /// What a command does, in a sentence.
    pub fn tooltip(&self, command: Command) -> &str {
        self.command.get(command.id()).map_or("", |c| &c.tooltip)
    }
}

/// `template` with each `{name}` replaced. Words in brackets follow the number `n`: `[page|pages]` is the
/// first of one and the second of others, `[s]` nothing of one.
pub fn fill(template: &str, values: &[(&str, &dyn std::fmt::Display)]) -> String {
    let one = values.iter().any(|(name, n)| *name == "n" && n.to_string() == "1");
    let mut text = numbered(template, one);
    for (name, value) in values {
        text = text.replace(&format!("{{{name}}}"), &value.to_string());
    }
    text
}

fn numbered(template: &str, one: bool) -> String {
    let mut text = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, behind)) = rest.split_once('[') {
        let Some((words, behind)) = behind.split_once(']') else { break };
        let (first, second) = words.split_once('|').unwrap_or(("", words));
        text.push_str(before);
        text.push_str(if one { first } else { second });
        rest = behind;
    }
    text.push_str(rest);
    text
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Every key with its text, as `section.key`.
    fn flat(source: &str) -> BTreeMap<String, String> {
        fn walk(prefix: &str, value: &toml::Value, into: &mut BTreeMap<String, String>) {
            match value {
                toml::Value::Table(table) => {
                    for (key, value) in table {
                        walk(&format!("{prefix}.{key}"), value, into);
                    }
                }
                value => {
                    into.insert(prefix.to_owned(), value.as_str().expect("texts are strings").to_owned());
                }
            }
        }
        let mut keys = BTreeMap::new();
        walk("", &toml::from_str(source).expect("valid TOML"), &mut keys);
        keys
    }

    #[test]
    fn both_languages_load_and_have_the_same_keys_and_placeholders() {
        for language in Language::ALL {
            Texts::load(language).expect("complete texts");
        }
        let zh = flat(include_str!("../../assets/text/zh.toml"));
        let en = flat(include_str!("../../assets/text/en.toml"));
        assert_eq!(zh.keys().collect::<Vec<_>>(), en.keys().collect::<Vec<_>>());
        let placeholders = |text: &str| -> BTreeSet<String> {
            text.split('{').skip(1).filter_map(|p| Some(p.split_once('}')?.0.to_owned())).collect()
        };
        for (key, text) in &zh {
            assert!(!text.trim().is_empty() && !en[key].trim().is_empty(), "{key} is empty");
            assert_eq!(placeholders(text), placeholders(&en[key]), "{key}");
        }
    }

    #[test]
    fn locales_choose_the_language() {
        for (locale, language) in [
            ("zh_CN.UTF-8", Language::Zh),
            ("zh-TW", Language::Zh),
            ("en_GB.UTF-8", Language::En),
            ("C.UTF-8", Language::Zh),
            ("de_DE@euro", Language::En),
        ] {
            assert_eq!(Language::of_locale(locale), language, "{locale}");
        }
    }

    #[test]
    fn messages_and_placeholders() {
        assert_eq!(Language::En.of_message("已取消 / cancelled"), "cancelled");
        assert_eq!(Language::Zh.of_message("已取消"), "已取消");
        let raw = "打不开 / cannot be opened\n    a / b (os error 2)";
        assert_eq!(
            (Language::Zh.of_message(raw), Language::En.of_message(raw)),
            ("打不开", "cannot be opened")
        );
        let path = std::env::temp_dir().join("luru (2).xlsx");
        let message = format!("磁盘已满 / the disk is full ({})", path.display());
        assert_eq!(Language::Zh.with_path(&message), format!("磁盘已满（{}）", path.display()));
        assert_eq!(Language::En.with_path(&message), format!("the disk is full ({})", path.display()));
        let message = format!("放入下面的文件夹 / put it into this folder: {}", path.display());
        assert_eq!(Language::Zh.with_path(&message), format!("放入下面的文件夹（{}）", path.display()));
        assert_eq!(Language::Zh.with_path("已取消 / cancelled (by you)"), "已取消");
        assert_eq!(Language::Zh.with_path("失败：甲 / failed: no such file"), "失败：甲");
        let pages = |n: u32| fill("{n} page[s] [was|were] read", &[("n", &n)]);
        assert_eq!(
            [pages(0), pages(1), pages(11)],
            ["0 pages were read", "1 page was read", "11 pages were read"]
        );
        assert_eq!(fill("a [ open", &[("n", &1)]), "a [ open");
        assert_eq!(fill("{n} of {m}", &[("n", &1), ("m", &"x")]), "1 of x");
    }
}
