//! Values as typed cells: dates as dates, amounts as numbers, identifiers as text, so that
//! leading zeros and long numbers stay exact.

use std::path::Path;

use rust_xlsxwriter::{
    Color, ExcelDateTime, Format, FormatAlign, FormatBorder, Note, Url, Worksheet, XlsxError,
};
use time::{Date, PrimitiveDateTime, macros::format_description};

use crate::{
    export::{
        grid::{Cell, Content, Mark},
        words,
    },
    kind::{FieldType, Lang},
};

use super::names;

/// Excel's limit for the text of a cell, in UTF-16 code units.
const MAX_TEXT: usize = 32_767;
/// Excel's limit for a note, less what the library keeps for the author.
const MAX_NOTE: usize = 32_000;
/// Excel's limit for an address.
const MAX_URL: usize = 2_080;
/// Excel keeps this many significant digits of a number (IEEE 754 double).
const MAX_DIGITS: usize = 15;

/// Fills of marked cells: Excel's own "neutral" and "bad" tints, and a quieter one.
const DOUBTFUL_FILL: Color = Color::RGB(0xFFEB9C);
const INVALID_FILL: Color = Color::RGB(0xFFC7CE);
const MISSING_FILL: Color = Color::RGB(0xEDEDED);
const HEADING_FILL: Color = Color::RGB(0xDDEBF7);

/// A cell's value as Excel holds it, with its number format.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Typed {
    Number(f64, String),
    /// Excel's serial date.
    DateTime(f64, &'static str),
    Text(String),
}

/// The formats that cells start from.
#[derive(Debug)]
pub(super) struct Styles {
    pub heading: Format,
    pub base: Format,
    pub link: Format,
    pub bold: Format,
}

impl Styles {
    pub fn new() -> Self {
        let base = Format::new().set_align(FormatAlign::Top);
        Self {
            heading: Format::new()
                .set_bold()
                .set_text_wrap()
                .set_align(FormatAlign::VerticalCenter)
                .set_background_color(HEADING_FILL)
                .set_border_bottom(FormatBorder::Thin),
            link: base.clone().set_hyperlink(),
            bold: base.clone().set_bold(),
            base,
        }
    }
}

/// Writes cells; knows the other sheets' names.
#[derive(Debug)]
pub(super) struct Writer {
    pub styles: Styles,
    /// Name of each grid's sheet.
    pub sheets: Vec<String>,
    pub lang: Lang,
}

/// A row's number as Excel counts it, from 0.
pub(super) fn row(r: usize) -> Result<u32, XlsxError> {
    u32::try_from(r).map_err(|_| XlsxError::RowColumnLimitError)
}

/// A column's number as Excel counts it, from 0.
pub(super) fn column(c: usize) -> Result<u16, XlsxError> {
    u16::try_from(c).map_err(|_| XlsxError::RowColumnLimitError)
}

impl Writer {
    pub fn heading(&self, sheet: &mut Worksheet, column: u16, text: &str) -> Result<(), XlsxError> {
        sheet.write_string_with_format(0, column, self.clip(text), &self.styles.heading)?;
        Ok(())
    }

    pub fn cell(
        &self,
        sheet: &mut Worksheet,
        row: u32,
        column: u16,
        cell: &Cell<'_>,
    ) -> Result<(), XlsxError> {
        let base = filled(&self.styles.base, cell.mark);
        match &cell.content {
            Content::Empty if cell.mark == Mark::None => {}
            Content::Empty => {
                sheet.write_blank(row, column, &base)?;
            }
            Content::Count(n) => {
                sheet.write_number_with_format(row, column, *n as f64, &base)?;
            }
            Content::Text(text) => self.text(sheet, row, column, text, &base.set_text_wrap())?,
            Content::Value(value, field_type) => {
                self.typed(sheet, row, column, typed(value, *field_type, self.lang), &base)?;
            }
            Content::File(path) => self.file(sheet, row, column, path)?,
            Content::Jump { text, grid, row: to } => self.jump(sheet, row, column, text, *grid, *to)?,
        }
        if !cell.note.is_empty() {
            sheet.insert_note(row, column, &note(&cell.note))?;
        }
        Ok(())
    }

    pub fn typed(
        &self,
        sheet: &mut Worksheet,
        row: u32,
        column: u16,
        value: Typed,
        base: &Format,
    ) -> Result<(), XlsxError> {
        match value {
            Typed::Number(n, format) => {
                let format = base.clone().set_num_format(format);
                sheet.write_number_with_format(row, column, n, &format)?;
            }
            Typed::DateTime(at, format) => {
                let format = base.clone().set_num_format(format).set_align(FormatAlign::Left);
                sheet.write_number_with_format(row, column, at, &format)?;
            }
            Typed::Text(text) => {
                let wrapped = text.contains('\n');
                // `@` keeps it text when the operator edits the cell.
                let format = base.clone().set_num_format("@");
                let format = if wrapped { format.set_text_wrap() } else { format };
                self.text(sheet, row, column, &text, &format)?;
            }
        }
        Ok(())
    }

    pub fn text(
        &self,
        sheet: &mut Worksheet,
        row: u32,
        column: u16,
        text: &str,
        format: &Format,
    ) -> Result<(), XlsxError> {
        sheet.write_string_with_format(row, column, self.clip(text), format)?;
        Ok(())
    }

    /// Text that fits a cell, without control characters; a notice ends what was clipped.
    pub fn clip(&self, text: &str) -> String {
        let clean: String = text.chars().filter(|c| !c.is_control() || *c == '\n' || *c == '\t').collect();
        if clean.encode_utf16().count() <= MAX_TEXT {
            return clean;
        }
        let notice = words::CLIPPED.get(self.lang);
        names::clip(&clean, MAX_TEXT - notice.encode_utf16().count()) + notice
    }

    /// A file's name that opens the file.
    pub fn file(&self, sheet: &mut Worksheet, row: u32, column: u16, path: &Path) -> Result<(), XlsxError> {
        let name = self.clip(&file_name(path));
        match file_url(path) {
            Some(url) => {
                let url = Url::new(url).set_text(name);
                sheet.write_url_with_format(row, column, url, &self.styles.link)?;
            }
            None => self.text(sheet, row, column, &name, &self.styles.base)?,
        }
        Ok(())
    }

    /// A text that leads to a grid's row.
    pub fn jump(
        &self,
        sheet: &mut Worksheet,
        row: u32,
        column: u16,
        text: &str,
        grid: usize,
        to: usize,
    ) -> Result<(), XlsxError> {
        match self.sheets.get(grid) {
            Some(name) => {
                let target = names::reference(name, self::row(to + 1)?, 0);
                let url = Url::new(format!("internal:{target}")).set_text(text);
                sheet.write_url_with_format(row, column, url, &self.styles.link)?;
                if let Ok(number) = text.parse::<u32>() {
                    // The link stays; as a number it sorts as one.
                    let link = self.styles.link.clone().set_align(FormatAlign::Left);
                    sheet.write_number_with_format(row, column, number, &link)?;
                }
            }
            None => self.text(sheet, row, column, text, &self.styles.base)?,
        }
        Ok(())
    }
}

fn filled(format: &Format, mark: Mark) -> Format {
    let color = match mark {
        Mark::None => return format.clone(),
        Mark::Doubtful => DOUBTFUL_FILL,
        Mark::Invalid => INVALID_FILL,
        Mark::Missing => MISSING_FILL,
    };
    format.clone().set_background_color(color)
}

fn note(text: &str) -> Note {
    // Wide enough for a sentence, high enough for its lines, in pixels.
    const WIDTH: u32 = 260;
    const LINE_HEIGHT: u32 = 20;
    const CHARS_A_LINE: usize = 34;
    let lines: usize = text.lines().map(|l| 1 + super::display_width(l) / CHARS_A_LINE).sum();
    let height = LINE_HEIGHT * (u32::try_from(lines).unwrap_or(u32::MAX).clamp(2, 20) + 1);
    Note::new(names::clip(text, MAX_NOTE))
        .set_author("Luru")
        .add_author_prefix(false)
        .set_width(WIDTH)
        .set_height(height)
}

pub(super) fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

/// The address of a file; `None` where it cannot be written so that Excel finds it.
pub(in crate::export) fn file_url(path: &Path) -> Option<String> {
    let absolute = std::path::absolute(path).ok()?;
    let text = absolute.to_str()?;
    // The library parts addresses at `#`, and no other way of writing one reaches Excel.
    let url = format!("file:///{text}");
    let fits = !text.contains('#') && url.encode_utf16().count() <= MAX_URL / 3;
    fits.then_some(url)
}

/// A value in the form in which Excel can compute with it; what does not fit stays text.
pub(super) fn typed(value: &str, field_type: FieldType, lang: Lang) -> Typed {
    let found = match field_type {
        FieldType::Date => date(value),
        FieldType::DateTime => date_time(value).or_else(|| date(value)),
        FieldType::Amount => {
            number(value).map(|(n, places)| Typed::Number(n, format!("#,##0.{}", "0".repeat(places.max(2)))))
        }
        FieldType::Number => number(value).map(|(n, places)| {
            let format = if places == 0 { "0".to_owned() } else { format!("0.{}", "0".repeat(places)) };
            Typed::Number(n, format)
        }),
        FieldType::Percent => value.strip_suffix('%').and_then(number).map(|(n, places)| {
            let format = if places == 0 { "0%".to_owned() } else { format!("0.{}%", "0".repeat(places)) };
            Typed::Number(n / 100.0, format)
        }),
        FieldType::Flag => match value {
            "true" => Some(Typed::Text(words::YES.get(lang).to_owned())),
            "false" => Some(Typed::Text(words::NO.get(lang).to_owned())),
            _ => None,
        },
        FieldType::Text
        | FieldType::Multiline
        | FieldType::Digits
        | FieldType::Identifier
        | FieldType::AmountInWords
        | FieldType::MrzLine
        | FieldType::Sex => None,
    };
    found.unwrap_or_else(|| Typed::Text(value.to_owned()))
}

/// A plain decimal with its number of places; `None` if Excel would not keep its digits.
fn number(value: &str) -> Option<(f64, usize)> {
    let digits = value.strip_prefix('-').unwrap_or(value);
    let (whole, places) = digits.split_once('.').unwrap_or((digits, ""));
    let plain = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    let exact = whole.len() + places.len() <= MAX_DIGITS && !(whole.len() > 1 && whole.starts_with('0'));
    if whole.is_empty() || !plain(whole) || !plain(places) || !exact {
        return None;
    }
    Some((value.parse().ok()?, places.len()))
}

fn date(value: &str) -> Option<Typed> {
    let date = Date::parse(value, format_description!("[year]-[month]-[day]")).ok()?;
    Some(Typed::DateTime(excel_date(date)?.to_excel(), "yyyy-mm-dd"))
}

fn date_time(value: &str) -> Option<Typed> {
    let minutes = format_description!("[year]-[month]-[day] [hour]:[minute]");
    let seconds = format_description!("[year]-[month]-[day] [hour]:[minute]:[second]");
    let (at, format) = match PrimitiveDateTime::parse(value, minutes) {
        Ok(at) => (at, "yyyy-mm-dd hh:mm"),
        Err(_) => (PrimitiveDateTime::parse(value, seconds).ok()?, "yyyy-mm-dd hh:mm:ss"),
    };
    let date = excel_date(at.date())?.and_hms(at.hour().into(), at.minute(), f64::from(at.second())).ok()?;
    Some(Typed::DateTime(date.to_excel(), format))
}

/// `None` before 1900-03-01: Excel has no earlier dates, but for two months that it counts wrongly.
fn excel_date(date: Date) -> Option<ExcelDateTime> {
    let year = u16::try_from(date.year()).ok()?;
    if (year, u8::from(date.month())) < (1900, 3) {
        return None;
    }
    ExcelDateTime::from_ymd(year, date.month().into(), date.day()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_become_what_excel_can_compute_with() {
        let of = |value: &str, field_type| typed(value, field_type, Lang::Zh);
        let text = |value: &str| Typed::Text(value.to_owned());
        assert_eq!(of("1200.5", FieldType::Amount), Typed::Number(1200.5, "#,##0.00".into()));
        assert_eq!(of("-2.1975", FieldType::Amount), Typed::Number(-2.1975, "#,##0.0000".into()));
        assert_eq!(of("13%", FieldType::Percent), Typed::Number(0.13, "0%".into()));
        assert_eq!(of("3", FieldType::Number), Typed::Number(3.0, "0".into()));
        assert_eq!(of("true", FieldType::Flag), text("是"));
        // Identifiers, and numbers whose digits Excel would lose, stay as they are.
        assert_eq!(of("044001900111", FieldType::Digits), text("044001900111"));
        assert_eq!(of("007", FieldType::Number), text("007"));
        assert_eq!(of("12345678901234567.89", FieldType::Amount), text("12345678901234567.89"));
        assert_eq!(of("1e5", FieldType::Amount), text("1e5"));
        assert_eq!(of("免税", FieldType::Percent), text("免税"));
        assert_eq!(of("长期", FieldType::Date), text("长期"));
        assert_eq!(of("1899-05-01", FieldType::Date), text("1899-05-01"));
        assert_eq!(of("2024-02-30", FieldType::Date), text("2024-02-30"));
        let noon = of("2024-05-06 12:00", FieldType::DateTime);
        assert_eq!(noon, Typed::DateTime(45418.5, "yyyy-mm-dd hh:mm"));
    }

    #[test]
    fn long_text_is_clipped_with_a_notice() {
        let writer = Writer { styles: Styles::new(), sheets: Vec::new(), lang: Lang::Zh };
        let clipped = writer.clip(&"长".repeat(40_000));
        assert_eq!(clipped.encode_utf16().count(), MAX_TEXT);
        assert!(clipped.ends_with(words::CLIPPED.get(Lang::Zh)));
        assert_eq!(writer.clip("a\u{0}b\nc"), "ab\nc");
    }
}
