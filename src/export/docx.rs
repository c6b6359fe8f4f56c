//! Word: headings, paragraphs, numbered lists and tables with merged cells; a page break between
//! the pages of the file.
//!
//! The words and their order are the page's; type faces and sizes are plain ones of their own, as
//! the text is there to be worked on.

use std::{io::Cursor, path::Path};

use docx_rs::{
    AbstractNumbering, AlignmentType, Docx, IndentLevel, Level, LevelJc, LevelOverride, LevelSuffixType,
    LevelText, LineSpacing, NumberFormat, Numbering, NumberingId, PageMargin, PageOrientationType, Paragraph,
    Run, RunFonts, SpecialIndentType, Start, Style, StyleType, Table, TableCell, TableLayoutType, TableRow,
    VAlignType, VMergeType, WidthType,
};

use crate::{review::FileReading, structure};

use super::{
    ExportError,
    flow::{self, Align, Block, Marker, NumberForm, View, table, table::Grid},
    text::rows,
    write_atomic,
};

/// A4 in twentieths of a point, and the margin on all sides (2 cm).
const SHORT_SIDE: u32 = 11_906;
const LONG_SIDE: u32 = 16_838;
const MARGIN: u32 = 1_134;
/// Half points: 五号, the usual size of Chinese documents.
const TEXT_SIZE: usize = 21;
/// Sizes of the headings by level, half points.
const HEADING_SIZES: [usize; 3] = [32, 28, 24];
/// Word has no tables of more columns: their rows become lines with tabs.
const MOST_COLUMNS: usize = 63;
/// Tables of more columns than this are set smaller, so that their cells still hold a word.
const SMALLER_FROM: [(usize, usize); 2] = [(10, 15), (6, 18)];
/// Twentieths of a point by which items hang.
const HANGING: i32 = 420;
/// The library has a list of its own under the first number.
const FIRST_LIST: usize = 2;

/// Writes the file's text as a Word document to `path`, under a temporary name first. A file that
/// could not be read gives a document that says why.
pub fn write(path: &Path, reading: &FileReading) -> Result<(), ExportError> {
    let bytes = docx(reading).map_err(|message| ExportError::Document { path: path.to_owned(), message })?;
    write_atomic(path, &bytes)
}

fn docx(reading: &FileReading) -> Result<Vec<u8>, String> {
    let pages = flow::pages(reading);
    let mut docx = Docx::new()
        .default_fonts(RunFonts::new().ascii("Times New Roman").hi_ansi("Times New Roman").east_asia("宋体"))
        .default_size(TEXT_SIZE)
        .page_margin(margins());
    for (level, size) in (1..).zip(HEADING_SIZES) {
        docx = docx.add_style(
            Style::new(format!("Heading{level}"), StyleType::Paragraph)
                .name(format!("heading {level}"))
                .outline_lvl(level - 1)
                .line_spacing(LineSpacing::new().before(240).after(120))
                .size(size)
                .bold(),
        );
    }
    let landscape = pages.first().is_some_and(|p| {
        let (width, height) = View::of(p.reading).frame.size();
        width > height
    });
    let (width, height) = if landscape { (LONG_SIDE, SHORT_SIDE) } else { (SHORT_SIDE, LONG_SIDE) };
    docx = docx.page_size(width, height);
    if landscape {
        docx = docx.page_orient(PageOrientationType::Landscape);
    }
    let mut writer = Writer { docx, lists: Lists::default(), text_width: width - 2 * MARGIN };
    if let Some(error) = &reading.error {
        writer = writer.paragraph(text(&format!("error: {error}")));
    }
    for (n, page) in pages.iter().enumerate() {
        writer = writer.page(page, n > 0);
    }
    let mut docx = writer.docx;
    for (id, key) in (FIRST_LIST..).zip(&writer.lists.kinds) {
        docx = docx.add_abstract_numbering(AbstractNumbering::new(id).add_level(key.level()));
    }
    for list in &writer.lists.lists {
        let start = LevelOverride::new(0).start(list.start);
        docx = docx.add_numbering(Numbering::new(list.id, list.kind).add_override(start));
    }
    let mut package = Cursor::new(Vec::new());
    docx.pack(&mut package).map_err(|e| e.to_string())?;
    Ok(package.into_inner())
}

fn margins() -> PageMargin {
    let side = MARGIN as i32;
    PageMargin {
        top: side,
        left: side,
        bottom: side,
        right: side,
        header: side / 2,
        footer: side / 2,
        gutter: 0,
    }
}

struct Writer {
    docx: Docx,
    lists: Lists,
    /// Between the margins, twentieths of a point.
    text_width: u32,
}

impl Writer {
    fn paragraph(mut self, paragraph: Paragraph) -> Self {
        self.docx = self.docx.add_paragraph(paragraph);
        self
    }

    fn page(mut self, page: &flow::Page<'_>, break_before: bool) -> Self {
        let view = View::of(page.reading);
        let mut breaks = break_before;
        for block in &page.blocks {
            let breaks_here = std::mem::take(&mut breaks);
            let paragraph = match block {
                Block::Heading { level, text: t, align } => {
                    text(t).style(&format!("Heading{level}")).keep_next(true).align(alignment(*align))
                }
                Block::Paragraph { text: t, align } => text(t).align(alignment(*align)),
                Block::Item { marker, text: t } => {
                    let id = self.lists.id(marker);
                    text(t).numbering(NumberingId::new(id), IndentLevel::new(0))
                }
                Block::Table(t) => {
                    if breaks_here {
                        self = self.paragraph(Paragraph::new().page_break_before(true));
                    }
                    let grid = Grid::of(t);
                    if grid.cols > MOST_COLUMNS {
                        for row in rows(&grid) {
                            self = self.paragraph(text(&row));
                        }
                        continue;
                    }
                    let built = of_table(t, &grid, &view, self.text_width);
                    self.docx = self.docx.add_table(built);
                    // Word joins tables that nothing parts.
                    self = self.paragraph(Paragraph::new());
                    continue;
                }
            };
            self = self.paragraph(if breaks_here { paragraph.page_break_before(true) } else { paragraph });
        }
        // A page without text stays a page.
        if breaks { self.paragraph(Paragraph::new().page_break_before(true)) } else { self }
    }
}

/// A paragraph of `t`, with real tabs and line breaks.
fn text(t: &str) -> Paragraph {
    Paragraph::new().add_run(run(t))
}

fn run(t: &str) -> Run {
    let mut run = Run::new();
    for (n, line) in t.split('\n').enumerate() {
        if n > 0 {
            run = run.add_break(docx_rs::BreakType::TextWrapping);
        }
        for (n, piece) in line.split('\t').enumerate() {
            if n > 0 {
                run = run.add_tab();
            }
            run = run.add_text(legal(piece));
        }
    }
    run
}

/// Without the characters that XML 1.0 does not have.
fn legal(text: &str) -> String {
    text.chars().filter(|c| !c.is_control() && !matches!(c, '\u{FFFE}' | '\u{FFFF}')).collect()
}

fn alignment(align: Align) -> AlignmentType {
    match align {
        Align::Left => AlignmentType::Left,
        Align::Center => AlignmentType::Center,
        Align::Right => AlignmentType::Right,
    }
}

/// The table with its columns in the printed proportions, as wide as it is among the page's text.
fn of_table(table: &structure::Table, grid: &Grid<'_>, view: &View<'_>, text_width: u32) -> Table {
    let printed = grid.column_widths(table, view);
    let all: f32 = printed.iter().sum::<f32>().max(1.0);
    let share = (all / view.text.width().max(1.0)).clamp(0.2, 1.0);
    let widths: Vec<usize> = printed.iter().map(|w| (w / all * share * text_width as f32) as usize).collect();
    let size = SMALLER_FROM.iter().find(|(from, _)| grid.cols > *from).map_or(TEXT_SIZE, |(_, size)| *size);
    let rows = grid.places().into_iter().enumerate().map(|(r, places)| {
        let mut cells = Vec::new();
        let mut c = 0;
        while let Some(place) = places.get(c) {
            let (columns, cell) = match place {
                None => (1, TableCell::new().add_paragraph(Paragraph::new())),
                Some(p) => {
                    let paragraph = if p.row == r {
                        let t = p.cell.text.as_str();
                        Paragraph::new()
                            .add_run(run(t).size(size))
                            .align(alignment(table::align(p.cell, view)))
                    } else {
                        Paragraph::new()
                    };
                    let mut cell =
                        TableCell::new().add_paragraph(paragraph).vertical_align(VAlignType::Center);
                    if p.cols > 1 {
                        cell = cell.grid_span(p.cols);
                    }
                    if p.rows > 1 {
                        let part = if p.row == r { VMergeType::Restart } else { VMergeType::Continue };
                        cell = cell.vertical_merge(part);
                    }
                    (p.cols, cell)
                }
            };
            let width = widths.iter().skip(c).take(columns).sum();
            cells.push(cell.width(width, WidthType::Dxa));
            c += columns;
        }
        TableRow::new(cells)
    });
    let rows: Vec<TableRow> = rows.collect();
    let built = if table.ruled { Table::new(rows) } else { Table::without_borders(rows) };
    let width = widths.iter().sum();
    built.set_grid(widths).width(width, WidthType::Dxa).layout(TableLayoutType::Fixed)
}

/// Lists that number themselves: one for each run of consecutive numbers, so that every item has
/// the number that is printed.
#[derive(Default)]
struct Lists {
    kinds: Vec<ListKind>,
    lists: Vec<List>,
}

/// What the items of a list have in common.
#[derive(Clone, Copy, PartialEq, Eq)]
struct ListKind {
    /// `None`: bullets.
    form: Option<NumberForm>,
    before: &'static str,
    after: &'static str,
}

struct List {
    id: usize,
    /// Its abstract numbering.
    kind: usize,
    start: usize,
    /// The number after its last item's.
    next: usize,
}

impl Lists {
    /// The list that an item belongs to.
    fn id(&mut self, marker: &Marker) -> usize {
        let (key, number) = match marker {
            Marker::Bullet => (ListKind { form: None, before: "", after: "" }, None),
            Marker::Number { number, form, before, after } => {
                (ListKind { form: Some(*form), before, after }, Some(*number as usize))
            }
        };
        let at = self.kinds.iter().position(|k| *k == key).unwrap_or_else(|| {
            self.kinds.push(key);
            self.kinds.len() - 1
        });
        let kind = FIRST_LIST + at;
        let last = self.lists.iter_mut().rev().find(|l| l.kind == kind);
        if let Some(list) = last.filter(|l| number.is_none_or(|n| n == l.next)) {
            list.next += 1;
            return list.id;
        }
        let (id, start) = (FIRST_LIST + self.lists.len(), number.unwrap_or(1));
        self.lists.push(List { id, kind, start, next: start + 1 });
        id
    }
}

impl ListKind {
    fn level(&self) -> Level {
        let format = match self.form {
            None => "bullet",
            Some(NumberForm::Decimal) => "decimal",
            Some(NumberForm::Chinese) => "chineseCounting",
            Some(NumberForm::Circled) => "decimalEnclosedCircle",
            Some(NumberForm::Letter) => "lowerLetter",
        };
        let text =
            if self.form.is_none() { "•".to_owned() } else { format!("{}%1{}", self.before, self.after) };
        let suffix = match self.after {
            "、" | "）" => LevelSuffixType::Nothing,
            _ => LevelSuffixType::Tab,
        };
        Level::new(0, Start::new(1), NumberFormat::new(format), LevelText::new(text), LevelJc::new("left"))
            .indent(Some(HANGING), Some(SpecialIndentType::Hanging(HANGING)), None, None)
            .suffix(suffix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_go_on_in_their_list_and_start_a_new_one_at_another_number() {
        let item = |number, after| Marker::Number { number, form: NumberForm::Decimal, before: "", after };
        let mut lists = Lists::default();
        let ids: Vec<_> =
            [item(1, "."), item(2, "."), item(1, ")"), item(3, "."), item(1, "."), item(7, ".")]
                .iter()
                .map(|m| lists.id(m))
                .collect();
        assert_eq!(ids, [2, 2, 3, 2, 4, 5]);
        let starts: Vec<_> = lists.lists.iter().map(|l| (l.kind, l.start)).collect();
        assert_eq!(starts, [(2, 1), (3, 1), (2, 1), (2, 7)]);
        assert_eq!((lists.id(&Marker::Bullet), lists.id(&Marker::Bullet)), (6, 6));
    }
}
