//! The claim as a printable PDF: the sheet on A4, then the picture of each document in its order.
//!
//! The text is set in `STSong-Light` with the encoding `UniGB-UTF16-H`, which every PDF viewer with
//! Chinese knows (ISO 32000-1, 9.7.5.2): no font file has to be found, licensed and embedded.

use std::collections::{HashMap, hash_map::Entry};

use pdf_writer::{
    Content, Filter, Finish, Name, Pdf, Rect, Ref, Str, TextStr,
    types::{CidFontType, FontFlags, SystemInfo},
};

use crate::{
    export::{
        ExportError,
        pdf::{
            deflated,
            picture::{Picture, Pictures},
        },
    },
    ingest::OpenOptions,
    review::PageReading,
};

use super::{Claim, Line, Sum, file_name, word};

const FONT: Name<'_> = Name(b"F1");
const SONG: Name<'_> = Name(b"STSong-Light");
/// A4 upright, in points.
const PAGE: [f32; 2] = [595.28, 841.89];
const MARGIN: f32 = 40.0;
const WIDTH: f32 = PAGE[0] - 2.0 * MARGIN;
const TEXT: f32 = 9.0;
const ROW: f32 = 18.0;
/// From one line of a cell to the next.
const LINE: f32 = 12.0;
/// A cell has so many lines at the most: what is longer is cut, and is in the workbook.
const MOST_LINES: usize = 8;
/// Columns of the sheet as shares of its width; amounts stand at the right of theirs.
const COLUMNS: [f32; 8] = [0.05, 0.105, 0.105, 0.25, 0.19, 0.09, 0.11, 0.1];
/// A picture wider than high gets half a page at the most, so that two stand on one.
const HALF: f32 = 350.0;

/// The document under way.
struct Printer {
    pdf: Pdf,
    last: i32,
    tree: Ref,
    font: Ref,
    pages: Vec<Ref>,
    content: Content,
    /// Pictures of the page under way.
    pictures: Vec<(String, Ref)>,
    /// Where the next thing goes, from the lower edge.
    y: f32,
}

/// A picture in the file, with what is needed to lay it on a page.
type Stored = (Ref, Picture);

pub(super) fn build(claim: &Claim, options: impl Fn(&Line) -> OpenOptions) -> Result<Vec<u8>, ExportError> {
    let mut printer = Printer::new();
    sheet(&mut printer, claim);
    printer.break_page();
    let mut stored: HashMap<(&std::path::Path, usize), Stored> = HashMap::new();
    for (number, line) in claim.lines.iter().enumerate() {
        let mut source = Pictures::open(&line.path, &options(line))?;
        for (n, page) in line.pages.iter().filter(|p| p.width > 0 && p.error.is_none()).enumerate() {
            let at = match stored.entry((line.path.as_path(), page.page)) {
                Entry::Occupied(at) => at.into_mut(),
                Entry::Vacant(free) => free.insert(printer.store(source.page(page)?)),
            };
            let caption = format!(
                "{} {}{}  {}  {}",
                word(claim.lang, "附件", "Attachment"),
                number + 1,
                if n > 0 { format!(" ({})", n + 1) } else { String::new() },
                line.kind,
                file_name(&line.path)
            );
            printer.attach(at, page, line.part.filter(|_| n == 0), &caption);
        }
    }
    Ok(printer.finish(claim))
}

/// The sheet itself, on as many pages as it takes.
fn sheet(p: &mut Printer, claim: &Claim) {
    let of = |zh, en| word(claim.lang, zh, en);
    let title = of("费用报销单", "Expense claim");
    p.text((PAGE[0] - width(title, 18.0)) / 2.0, p.y - 18.0, 18.0, title);
    p.y -= 36.0;
    let head = &claim.head;
    let thirds = [
        (of("报销人", "Claimant"), &head.person),
        (of("部门", "Department"), &head.department),
        (of("日期", "Date"), &head.date),
    ];
    for (i, (label, value)) in thirds.into_iter().enumerate() {
        let text = fitted(&format!("{label}：{value}"), TEXT, WIDTH / 3.0 - 8.0);
        p.text(MARGIN + WIDTH / 3.0 * i as f32, p.y - TEXT, TEXT, &text);
    }
    p.y -= ROW;
    let purpose = format!("{}：{}", of("事由", "Purpose"), head.purpose);
    for line in wrapped(&purpose, TEXT, WIDTH) {
        p.text(MARGIN, p.y - TEXT, TEXT, &line);
        p.y -= LINE;
    }
    p.y -= ROW - LINE;
    let headings = [
        of("序号", "No."),
        of("日期", "Date"),
        of("费用类型", "Cost type"),
        of("收款方与内容", "Paid to, what for"),
        of("号码", "Number"),
        of("人员", "Person"),
        of("金额", "Amount"),
        of("可抵扣税", "Deductible"),
    ];
    let headings = Row::new(&headings.map(str::to_owned));
    p.row(&headings);
    for (number, line) in claim.lines.iter().enumerate() {
        let again = line.repeats.as_ref().map(|other| format!("{}{other}", of("可能重复：", "repeats ")));
        let what = [line.payee.as_str(), line.purpose.as_str(), again.as_deref().unwrap_or_default()];
        let what = what.into_iter().filter(|t| !t.is_empty()).collect::<Vec<_>>().join("  ");
        let amount = |a: Option<rust_decimal::Decimal>| a.map_or_else(String::new, |a| format!("{a:.2}"));
        let row = Row::new(&[
            (number + 1).to_string(),
            line.date.clone(),
            line.cost.clone(),
            what,
            line.number.clone(),
            line.person.clone(),
            amount(line.amount),
            amount(line.deductible),
        ]);
        if p.y - row.height < MARGIN {
            p.break_page();
            p.row(&headings);
        }
        p.row(&row);
    }
    let sum = |name: &str, n: usize, a: String, d: String| {
        let documents = format!("{n} {}", of("份", "documents"));
        let empty = String::new;
        Row::new(&[empty(), empty(), name.to_owned(), documents, empty(), empty(), a, d])
    };
    let (total, deductible) = (format!("{:.2}", claim.total()), format!("{:.2}", claim.deductible()));
    p.keep(3.0);
    p.row(&sum(of("合计", "Total"), claim.lines.len(), total, deductible));
    let words = format!("{}：{}", of("合计（大写）", "Total in words"), claim.total_in_words());
    p.text(MARGIN + 4.0, p.y - 13.0, TEXT, &words);
    p.y -= 1.5 * ROW;
    for (title, sums) in
        [(of("按费用类型", "By cost type"), claim.by_cost()), (of("按人员", "By person"), claim.by_person())]
    {
        p.keep(2.0);
        p.text(MARGIN + 4.0, p.y - 13.0, TEXT, title);
        p.y -= ROW;
        for Sum { name, documents, amount, deductible } in sums {
            let row = sum(&name, documents, format!("{amount:.2}"), format!("{deductible:.2}"));
            p.keep(row.height / ROW);
            p.row(&row);
        }
        p.y -= ROW / 2.0;
    }
    p.keep(2.0);
    let signatures = [
        of("报销人：", "Claimant:"),
        of("部门负责人：", "Head of department:"),
        of("财务：", "Accounts:"),
        of("领款人：", "Received by:"),
    ];
    for (i, who) in signatures.iter().enumerate() {
        p.text(MARGIN + WIDTH / 4.0 * i as f32, p.y - 2.0 * TEXT, TEXT, who);
    }
}

/// A row of the sheet, its texts laid out in their columns.
struct Row {
    cells: [Vec<String>; COLUMNS.len()],
    height: f32,
}

impl Row {
    fn new(cells: &[String; COLUMNS.len()]) -> Self {
        let cells = std::array::from_fn(|i| wrapped(&cells[i], TEXT, COLUMNS[i] * WIDTH - 6.0));
        let lines = cells.iter().map(Vec::len).max().unwrap_or_default();
        Self { height: ROW + LINE * lines.saturating_sub(1) as f32, cells }
    }
}

impl Printer {
    fn new() -> Self {
        let (tree, font) = (Ref::new(2), Ref::new(3));
        Self {
            pdf: Pdf::new(),
            // The catalogue is 1.
            last: 3,
            tree,
            font,
            pages: Vec::new(),
            content: Content::new(),
            pictures: Vec::new(),
            y: PAGE[1] - MARGIN,
        }
    }

    fn next(&mut self) -> Ref {
        self.last += 1;
        Ref::new(self.last)
    }

    /// Text with its base line at `y`.
    fn text(&mut self, x: f32, y: f32, size: f32, text: &str) {
        let bytes: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        self.content.begin_text().set_font(FONT, size).next_line(x, y).show(Str(&bytes)).end_text();
    }

    /// One row of the sheet with its frame.
    fn row(&mut self, row: &Row) {
        let mut x = MARGIN;
        for (i, (lines, share)) in row.cells.iter().zip(COLUMNS).enumerate() {
            let column = share * WIDTH;
            for (n, line) in lines.iter().enumerate() {
                // Amounts are the last two.
                let left = if i + 2 >= COLUMNS.len() { column - 3.0 - width(line, TEXT) } else { 3.0 };
                self.text(x + left, self.y - 12.5 - LINE * n as f32, TEXT, line);
            }
            self.content.set_line_width(0.5).rect(x, self.y - row.height, column, row.height).stroke();
            x += column;
        }
        self.y -= row.height;
    }

    /// Goes to a new page unless so many rows fit on this one.
    fn keep(&mut self, rows: f32) {
        if self.y < MARGIN + rows * ROW {
            self.break_page();
        }
    }

    fn break_page(&mut self) {
        let content = std::mem::replace(&mut self.content, Content::new());
        let pictures = std::mem::take(&mut self.pictures);
        let [id, stream] = std::array::from_fn(|_| self.next());
        self.pages.push(id);
        let mut page = self.pdf.page(id);
        page.parent(self.tree).media_box(Rect::new(0.0, 0.0, PAGE[0], PAGE[1])).contents(stream);
        let mut resources = page.resources();
        resources.fonts().pair(FONT, self.font);
        let mut objects = resources.x_objects();
        for (name, picture) in &pictures {
            objects.pair(Name(name.as_bytes()), *picture);
        }
        objects.finish();
        resources.finish();
        page.finish();
        self.pdf.stream(stream, &deflated(&content.finish())).filter(Filter::FlateDecode);
        self.y = PAGE[1] - MARGIN;
    }

    fn store(&mut self, mut picture: Picture) -> Stored {
        let id = self.next();
        picture.write(&mut self.pdf, id);
        // It lies in the file now.
        picture.jpeg = Vec::new();
        (id, picture)
    }

    /// A page's picture, or a part of it, upright, as large as its room allows.
    fn attach(
        &mut self,
        (id, picture): &Stored,
        page: &PageReading,
        part: Option<crate::geometry::Rect>,
        caption: &str,
    ) {
        let size = [page.width as f32, page.height as f32];
        let (left, top, right, bottom) = match part {
            Some(r) => (r.left.max(0.0), r.top.max(0.0), r.right.min(size[0]), r.bottom.min(size[1])),
            None => (0.0, 0.0, size[0], size[1]),
        };
        let (w, h) = ((right - left).max(1.0), (bottom - top).max(1.0));
        let on_side = matches!(page.structure.rotation, 90 | 270);
        let (shown_w, shown_h) = if on_side { (h, w) } else { (w, h) };
        let caption_room = 2.0 * TEXT;
        let most = if shown_w > shown_h { HALF } else { PAGE[1] - 2.0 * MARGIN - caption_room };
        let scale = (WIDTH / shown_w).min(most / shown_h);
        let shown_h = shown_h * scale;
        if self.y - shown_h - caption_room < MARGIN {
            self.break_page();
        }
        self.text(MARGIN, self.y - TEXT, TEXT, &fitted(caption, TEXT, WIDTH));
        self.y -= caption_room;
        let middle = (MARGIN + WIDTH / 2.0, self.y - shown_h / 2.0);
        // Coordinates in pixels of the page, upwards, turned clockwise about the part's middle.
        let (cx, cy) = (left + w / 2.0, size[1] - (top + h / 2.0));
        let (sin, cos) = f32::from(page.structure.rotation).to_radians().sin_cos();
        let (a, b, c, d) = (scale * cos, -scale * sin, scale * sin, scale * cos);
        let place = [a, b, c, d, middle.0 - (a * cx + c * cy), middle.1 - (b * cx + d * cy)];
        let name = format!("Im{}", id.get());
        self.content.save_state().transform(place);
        self.content.rect(left, size[1] - bottom, w, h).clip_nonzero().end_path();
        self.content.transform(picture.matrix(size)).x_object(Name(name.as_bytes())).restore_state();
        if !self.pictures.iter().any(|(known, _)| *known == name) {
            self.pictures.push((name, *id));
        }
        self.y -= shown_h + TEXT;
    }

    fn finish(mut self, claim: &Claim) -> Vec<u8> {
        self.break_page();
        let [info, cid_font, descriptor] = std::array::from_fn(|_| self.next());
        let Self { mut pdf, tree, font, pages, .. } = self;
        pdf.catalog(Ref::new(1)).pages(tree);
        pdf.document_info(info)
            .title(TextStr(word(claim.lang, "费用报销单", "Expense claim")))
            .producer(TextStr(concat!("Luru ", env!("CARGO_PKG_VERSION"))));
        let count = i32::try_from(pages.len()).unwrap_or(i32::MAX);
        pdf.pages(tree).kids(pages).count(count);
        pdf.type0_font(font)
            .base_font(SONG)
            .encoding_predefined(Name(b"UniGB-UTF16-H"))
            .descendant_font(cid_font);
        let mut entry = pdf.cid_font(cid_font);
        entry
            .subtype(CidFontType::Type0)
            .base_font(SONG)
            .system_info(SystemInfo { registry: Str(b"Adobe"), ordering: Str(b"GB1"), supplement: 5 })
            .font_descriptor(descriptor)
            .default_width(1000.0);
        // Latin letters, digits and signs: CIDs 1 to 95 of Adobe-GB1.
        entry.widths().same(1, 95, 500.0);
        entry.finish();
        pdf.font_descriptor(descriptor)
            .name(SONG)
            .flags(FontFlags::SYMBOLIC | FontFlags::SERIF)
            .bbox(Rect::new(-25.0, -254.0, 1000.0, 880.0))
            .italic_angle(0.0)
            .ascent(880.0)
            .descent(-120.0)
            .cap_height(880.0)
            .stem_v(93.0);
        pdf.finish()
    }
}

/// The text's width in points, as the font's widths say it.
fn width(text: &str, size: f32) -> f32 {
    text.chars().map(|c| if c.is_ascii() { 0.5 } else { 1.0 }).sum::<f32>() * size
}

/// The text, cut with an ellipsis so that it fits.
fn fitted(text: &str, size: f32, room: f32) -> String {
    if width(text, size) <= room {
        return text.to_owned();
    }
    let mut cut = String::new();
    for c in text.chars() {
        cut.push(c);
        if width(&cut, size) + size > room {
            cut.pop();
            break;
        }
    }
    cut + "…"
}

/// The text in lines of at most this width, parted at blanks where there are any.
fn wrapped(text: &str, size: f32, room: f32) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut rest = text.trim();
    while width(rest, size) > room && lines.len() + 1 < MOST_LINES {
        let mut end = 0;
        for (at, c) in rest.char_indices() {
            let next = at + c.len_utf8();
            if end > 0 && width(&rest[..next], size) > room {
                break;
            }
            end = next;
        }
        // A word that began on this line goes to the next.
        let in_word = rest[end..].starts_with(|c: char| c.is_ascii_graphic());
        let blank = rest[..end].rfind(' ').filter(|&blank| in_word && blank > 0);
        let (line, after) = rest.split_at(blank.unwrap_or(end));
        lines.push(line.trim_end().to_owned());
        rest = after.trim_start();
    }
    if !rest.is_empty() || lines.is_empty() {
        lines.push(fitted(rest, size, room));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_break_at_blanks_and_lose_nothing() {
        let room = width("一二三四", TEXT);
        assert_eq!(wrapped("短", TEXT, room), ["短"]);
        assert_eq!(wrapped("一二三四五六", TEXT, room), ["一二三四", "五六"]);
        assert_eq!(wrapped("Paid to, what for", TEXT, room), ["Paid to,", "what for"]);
        assert_eq!(wrapped("24312000000187654329", TEXT, room), ["24312000", "00018765", "4329"]);
        // A column narrower than a letter is no endless loop.
        assert_eq!(wrapped("一二", TEXT, 1.0), ["一", "二"]);
        let long = "长".repeat(100);
        let lines = wrapped(&long, TEXT, room);
        assert_eq!(lines.len(), MOST_LINES);
        assert!(lines.last().is_some_and(|l| l.ends_with('…')));
    }
}
