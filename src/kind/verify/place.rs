//! What a form marked on a sample page must have: a page size, enough references well spread,
//! places on the page, columns side by side.

use super::{Index, Key, Step, Verdict, at, fault};
use crate::{
    geometry::{Quad, Rect, polygon_area},
    kind::{Kind, LEAST_REFERENCES, Layout, RowTableSpec, TableBody},
};

/// Share of the page's width and height over which the references must be spread: closer ones tell
/// the rest of the page badly. Reasoned.
const LEAST_SPREAD: f32 = 0.1;

/// Places reach this far beyond the page at most, in pixels: corners are rounded.
const BEYOND: f32 = 1.0;

/// The smallest side of a reference or place, in pixels.
const LEAST_SIDE: f32 = 2.0;

pub(super) fn verify_layout(path: &[Step], layout: &Layout) -> Verdict {
    if layout.references.is_empty() && layout.page.is_none() {
        return Ok(());
    }
    let Some([width, height]) = layout.page else {
        let message = "缺少样张尺寸 page = [宽, 高] / references need `page = [width, height]`";
        return fault(&at(path, &[Key("references")]), message.into());
    };
    if !(width.is_finite() && height.is_finite() && width >= 1.0 && height >= 1.0) {
        let message = "page 应为 [宽, 高]，单位像素 / `page` is [width, height] in pixels";
        return fault(&at(path, &[Key("page")]), message.into());
    }
    let count = layout.references.len();
    if count < LEAST_REFERENCES {
        return fault(
            &at(path, &[Key("references")]),
            format!(
                "参照文字至少要 {LEAST_REFERENCES} 处，现有 {count} 处 / at least {LEAST_REFERENCES} references are needed, \
                 there are {count}"
            ),
        );
    }
    let mut around: Option<Rect> = None;
    for (i, reference) in layout.references.iter().enumerate() {
        let path = at(path, &[Key("references"), Index(i)]);
        if !reference.text.chars().any(char::is_alphanumeric) {
            return fault(&path, "参照文字为空 / a reference needs a text".into());
        }
        on_page(&path, &reference.quad, [width, height])?;
        let c = reference.quad.center();
        let point = Rect::new(c.x, c.y, c.x, c.y);
        around = Some(around.map_or(point, |r| r.union(&point)));
    }
    let spread = around.unwrap_or_default();
    if spread.width() < LEAST_SPREAD * width || spread.height() < LEAST_SPREAD * height {
        let message = "参照文字挤在一处或一条线上，请在四周各选一处 / the references lie close together or in one \
                       line: choose some on all sides of the form";
        return fault(&at(path, &[Key("references")]), message.into());
    }
    Ok(())
}

/// A place of a field, on the one layout with references that it is for.
pub(super) fn verify_place(path: &[Step], quad: &Quad, layouts: &[String], kind: &Kind) -> Verdict {
    let named = |l: &&Layout| layouts.is_empty() || layouts.contains(&l.id);
    let forms: Vec<&Layout> =
        kind.layouts.iter().filter(|l| !l.references.is_empty()).filter(named).collect();
    let [form] = forms.as_slice() else {
        let message = "位置须属于恰好一个有参照文字（references）的版式 / a place belongs to exactly one layout with \
                       `references`";
        return fault(path, message.into());
    };
    match form.page {
        Some(page) => on_page(&at(path, &[Key("quad")]), quad, page),
        // Told with the layout.
        None => Ok(()),
    }
}

pub(super) fn verify_table(path: &[Step], table: &RowTableSpec, kind: &Kind) -> Verdict {
    let Some(place) = &table.place else {
        let Some(j) = table.columns.iter().position(|c| c.span.is_some()) else { return Ok(()) };
        let message = "`span` 只用于有 place 的表格 / `span` belongs to tables with a `place`";
        return fault(&at(path, &[Key("column"), Index(j), Key("span")]), message.into());
    };
    if table.body != TableBody::Rows {
        let message = "只有 body = \"rows\" 的表格可以有 place / only tables of rows have a `place`";
        return fault(&at(path, &[Key("place")]), message.into());
    }
    verify_place(&at(path, &[Key("place")]), place, &[], kind)?;
    let mut edge = 0.0;
    for (j, column) in table.columns.iter().enumerate() {
        let path = at(path, &[Key("column"), Index(j)]);
        let Some([left, right]) = column.span else {
            let message = "有 place 的表格，每列要有 span = [左, 右] / each column of a table with a `place` needs \
                           `span = [left, right]`";
            return fault(&path, message.into());
        };
        if !(left >= edge && left < right && right <= 1.0) {
            let message = "span 应从左到右、互不重叠，取 0 到 1 / spans run from left to right without overlap, from 0 \
                           to 1";
            return fault(&at(&path, &[Key("span")]), message.into());
        }
        edge = right;
    }
    Ok(())
}

/// A convex quad with an area, on the page.
fn on_page(path: &[Step], quad: &Quad, [width, height]: [f32; 2]) -> Verdict {
    let page = Rect::new(0.0, 0.0, width, height).expanded(BEYOND);
    // The centre of a quad that crosses itself may lie outside of it.
    let sound = quad.0.iter().all(|p| page.contains(*p))
        && quad.width() >= LEAST_SIDE
        && quad.height() >= LEAST_SIDE
        && polygon_area(&quad.0) >= LEAST_SIDE * LEAST_SIDE
        && quad.is_convex();
    if sound {
        return Ok(());
    }
    let message = "四角应为 [[x, y], …]，从左上起顺时针，在样张之内 / a quad has four corners [[x, y], …], clockwise from \
                   the upper left, on the sample page";
    fault(path, message.into())
}
