//! What the types of a kind file cannot say: references, duplicate keys, ranges.

mod place;

use std::collections::BTreeSet;

use super::{
    Anchor, Area, FieldSpec, ITEM, KEY_VALUES, Kind, Layout, Locator, PAIR, RowTableSpec, TableBody,
    composed_keys,
    load::Step::{self, Index, Key},
    locate::syntax_fault,
};

/// A fault and where it lies in the document.
pub(super) struct Fault {
    pub path: Vec<Step>,
    pub message: String,
}

type Verdict = Result<(), Fault>;

fn fault(path: &[Step], message: String) -> Verdict {
    Err(Fault { path: path.to_vec(), message })
}

/// `path` with further steps.
fn at(path: &[Step], more: &[Step]) -> Vec<Step> {
    [path, more].concat()
}

pub(super) fn verify(kind: &Kind) -> Verdict {
    if kind.id.is_empty()
        || !kind.id.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
    {
        return fault(&[Key("id")], format!("标识只能用小写字母、数字和下划线 / bad id `{}`", kind.id));
    }
    label(&[Key("name")], &kind.name)?;

    if !kind.open && kind.identify.min_score <= 0.0 {
        return fault(
            &[Key("identify")],
            "缺少识别门槛 min_score / identify.min_score must be above 0".into(),
        );
    }
    anchors(&[Key("identify")], &kind.identify.anchors)?;
    let mut keys = BTreeSet::new();
    for (i, field) in kind.fields.iter().enumerate() {
        let path = [Key("field"), Index(i)];
        unique(&path, &field.key, &mut keys)?;
        verify_field(&path, field, kind)?;
    }
    for (i, table) in kind.tables.iter().enumerate() {
        let path = [Key("table"), Index(i)];
        unique(&path, &table.key, &mut keys)?;
        label(&at(&path, &[Key("label")]), &table.label)?;
        matrix(&path, table)?;
        place::verify_table(&path, table, kind)?;
        if let Some(id) = &table.block {
            block(&at(&path, &[Key("block")]), id, kind)?;
        }
        let groups = table.row_patterns.iter().flat_map(|p| p.regex().capture_names().flatten());
        if let Some(name) = groups.into_iter().find(|g| table.columns.iter().all(|c| c.key != *g)) {
            return unknown(&at(&path, &[Key("row_patterns")]), "列", "column", name);
        }
        let mut columns = BTreeSet::new();
        for (j, column) in table.columns.iter().enumerate() {
            let path = at(&path, &[Key("column"), Index(j)]);
            unique(&path, &column.key, &mut columns)?;
            label(&at(&path, &[Key("label")]), &column.label)?;
            let rows = table.body == TableBody::Rows && table.place.is_none();
            if (rows && column.labels.is_empty() && column.copy.is_none()) || !column.locate.is_empty() {
                let message =
                    "列按表头文字 labels 定位 / a column is found by its header `labels`, not by `locate`";
                return fault(&path, message.into());
            }
        }
        if let Some(id) = table.not_layouts.iter().find(|id| kind.layout(id).is_none()) {
            return unknown(&at(&path, &[Key("not_layouts")]), "版式", "layout", id);
        }
        for (j, column) in table.columns.iter().enumerate() {
            if let Some(id) = column.layouts.iter().find(|id| kind.layout(id).is_none()) {
                return unknown(&at(&path, &[Key("column"), Index(j), Key("layouts")]), "版式", "layout", id);
            }
        }
        for (j, column) in table.columns.iter().enumerate() {
            if let Some(from) =
                column.copy.as_ref().map(|c| &c.from).filter(|f| !columns.contains(f.as_str()))
            {
                return unknown(&at(&path, &[Key("column"), Index(j), Key("copy")]), "列", "column", from);
            }
        }
        for (key, marks) in [("row_start", &table.row_start), ("row_end", &table.row_end)] {
            if let Some((j, mark)) = marks.iter().enumerate().find(|(_, m)| !columns.contains(m.as_str())) {
                return unknown(&at(&path, &[Key(key), Index(j)]), "列", "column", mark);
            }
        }
    }
    for (i, layout) in kind.layouts.iter().enumerate() {
        verify_layout(&[Key("layout"), Index(i)], layout, kind)?;
    }
    if let Some(key) = kind.identify.sides.as_ref().filter(|key| kind.field(key).is_none()) {
        return unknown(&[Key("identify")], "字段", "field", key);
    }
    if let Some(join) = &kind.join {
        let mut named = join.differs.iter().chain(&join.agrees).chain(&join.same);
        if let Some(key) = named.find(|key| kind.field(key).is_none()) {
            return unknown(&[Key("join")], "字段", "field", key);
        }
        if join.differs.is_none() && !join.numbered {
            let message = "须有 differs 或 numbered / `join` needs `differs` or `numbered`";
            return fault(&[Key("join")], message.into());
        }
    }
    for (i, check) in kind.checks.iter().enumerate() {
        verify_check(&[Key("check"), Index(i)], check, kind)?;
    }
    if let Some(signing) = &kind.signing {
        if let Some(key) = signing.unknown_key(kind) {
            return unknown(&[Key("signing")], "字段", "field", key);
        }
        if signing.parties.iter().any(|p| p.roles.is_empty()) || signing.seal_marks.is_empty() {
            let message = "须有 roles 与 seal_marks / parties need `roles`, and the table `seal_marks`";
            return fault(&[Key("signing")], message.into());
        }
    }
    for (i, verification) in kind.verification.iter().enumerate() {
        let path = [Key("verification"), Index(i)];
        if let Some(key) = verification.unknown_key(kind) {
            return unknown(&path, "字段", "field", key);
        }
        if verification.values.is_empty() || verification.values.iter().any(|v| v.last == Some(0)) {
            let message = "须有 values，last 从 1 起 / `values` must not be empty, and `last` counts from 1";
            return fault(&path, message.into());
        }
    }
    if let Some(claim) = &kind.claim {
        label(&[Key("claim"), Key("cost")], &claim.cost)?;
        if let Some(key) = claim.keys().find(|key| !super::claim::is_known(kind, key)) {
            return unknown(&[Key("claim")], "字段", "field", key);
        }
        let incomplete = |d: &super::Deduction| d.tax.is_none() && (d.rate.is_none() || d.of.is_empty());
        if let Some(i) = claim.deductions.iter().position(incomplete) {
            let message = "抵扣规则须有 tax，或 of 与 rate / a rule needs `tax`, or `of` with `rate`";
            return fault(&[Key("claim"), Key("deduct"), Index(i)], message.into());
        }
    }
    Ok(())
}

/// What belongs to a matrix alone stands in a matrix, and what it must have is there.
fn matrix(path: &[Step], table: &RowTableSpec) -> Verdict {
    let first = if table.body == TableBody::Pairs { PAIR[0] } else { ITEM };
    let own = [&table.items, &table.headings, &table.ignore, &table.known];
    match table.body {
        TableBody::Rows if table.columns.is_empty() => {
            fault(path, "表格须有列 / a table of rows needs columns".into())
        }
        TableBody::Rows if own.iter().any(|list| !list.is_empty()) => {
            let message = "`items`、`headings`、`ignore`、`known` 只用于 body = \"cells\" / these keys belong \
                           to body = \"cells\"";
            fault(path, message.into())
        }
        TableBody::Cells if table.items.is_empty() => {
            fault(path, "缺少项目列的表头 items / body = \"cells\" needs `items`".into())
        }
        TableBody::Cells | TableBody::Pairs
            if !table.columns.iter().map(|c| c.key.as_str()).eq([first, "value"]) =>
        {
            fault(path, "这种表格不声明列 / this body declares no columns".into())
        }
        TableBody::Pairs if table.key != KEY_VALUES => {
            fault(path, format!("键须为 {KEY_VALUES} / body = \"pairs\" has the key `{KEY_VALUES}`"))
        }
        _ => Ok(()),
    }
}

fn verify_layout(path: &[Step], layout: &Layout, kind: &Kind) -> Verdict {
    anchors(path, &layout.anchors)?;
    place::verify_layout(path, layout)?;
    for (j, id) in layout.blocks.iter().enumerate() {
        block(&at(path, &[Key("blocks"), Index(j)]), id, kind)?;
    }
    for key in layout.set.keys() {
        if kind.field(key).is_none() {
            return unknown(&at(path, &[Key("set")]), "字段", "field", key);
        }
    }
    Ok(())
}

fn verify_field(path: &[Step], field: &FieldSpec, kind: &Kind) -> Verdict {
    label(&at(path, &[Key("label")]), &field.label)?;
    field.values.values().try_for_each(|name| label(&at(path, &[Key("values")]), name))?;
    let column = field.line.is_some()
        || field.beside
        || field.offset > 0
        || field.copy.is_some()
        || field.span.is_some();
    if column || !field.labels.is_empty() || !field.layouts.is_empty() {
        let message = "`labels`、`layouts`、`line`、`beside`、`offset`、`copy`、`span` 只用于列 / these keys belong to columns or `locate` entries";
        return fault(path, message.into());
    }
    let in_layouts = field.corrections.iter().flat_map(|c| &c.layouts);
    if let Some(id) = in_layouts.clone().find(|id| kind.layout(id).is_none()) {
        return unknown(&at(path, &[Key("correct")]), "版式", "layout", id);
    }
    for (i, locator) in field.locate.iter().enumerate() {
        let path = at(path, &[Key("locate"), Index(i)]);
        for (j, id) in locator.layouts().iter().enumerate() {
            if kind.layout(id).is_none() {
                return unknown(&at(&path, &[Key("layouts"), Index(j)]), "版式", "layout", id);
            }
        }
        match locator {
            Locator::Label { labels, within, area, .. } => {
                if labels.iter().all(|l| l.trim().is_empty()) {
                    return fault(&path, "缺少标签文字 / a label locator needs `labels`".into());
                }
                if let Some(id) = within {
                    block(&at(&path, &[Key("within")]), id, kind)?;
                }
                in_range(&path, area.as_ref())?;
            }
            Locator::Region { area, .. } => in_range(&path, Some(area))?,
            Locator::Place { quad, layouts, .. } => place::verify_place(&path, quad, layouts, kind)?,
            Locator::Pattern { area, .. } | Locator::Lines { area, .. } => in_range(&path, area.as_ref())?,
            Locator::Compose { text, .. } => {
                if let Some(key) = composed_keys(text).find(|key| kind.field(key).is_none()) {
                    return unknown(&at(&path, &[Key("text")]), "字段", "field", key);
                }
            }
            Locator::Near { field: from, .. } | Locator::Division { from, .. }
                if kind.field(from).is_none() =>
            {
                return unknown(&at(&path, &[Key("field")]), "字段", "field", from);
            }
            Locator::Mrz { lines, .. } => {
                if let Some(key) = lines.iter().find(|key| kind.field(key).is_none()) {
                    return unknown(&at(&path, &[Key("lines")]), "字段", "field", key);
                }
            }
            Locator::Copy { from, .. } | Locator::Lookup { from, .. } | Locator::Colour { from, .. }
                if kind.field(from).is_none() =>
            {
                return unknown(&at(&path, &[Key("from")]), "字段", "field", from);
            }
            Locator::Cell { table, column, .. } => {
                let Some(spec) = kind.table(table) else {
                    return unknown(&at(&path, &[Key("table")]), "表格", "table", table);
                };
                if spec.columns.iter().all(|c| c.key != *column) {
                    return unknown(&at(&path, &[Key("column")]), "列", "column", column);
                }
            }
            _ => {}
        }
    }
    Ok(())
}

fn verify_check(path: &[Step], check: &super::check::CheckSpec, kind: &Kind) -> Verdict {
    for key in check.fields() {
        let known = match key.split_once('.') {
            Some((table, column)) => kind.table(table).is_some_and(|t| t.column(column).is_some()),
            None => kind.field(key).is_some() || kind.table(key).is_some(),
        };
        if !known {
            return unknown(path, "字段", "field", key);
        }
    }
    for pattern in check.patterns() {
        if let Some(e) = syntax_fault(pattern) {
            return fault(path, format!("正则表达式有误 / bad pattern `{pattern}`: {e}"));
        }
    }
    Ok(())
}

fn unique<'a>(path: &[Step], key: &'a str, seen: &mut BTreeSet<&'a str>) -> Verdict {
    if seen.insert(key) {
        return Ok(());
    }
    fault(&at(path, &[Key("key")]), format!("键重复 / key `{key}` is there twice"))
}

fn label(path: &[Step], label: &super::Label) -> Verdict {
    if label.zh.trim().is_empty() || label.en.trim().is_empty() {
        return fault(path, "名称须有中英文 / a label needs both languages".into());
    }
    Ok(())
}

fn block(path: &[Step], id: &str, kind: &Kind) -> Verdict {
    if kind.blocks.iter().any(|b| b.id == id) { Ok(()) } else { unknown(path, "分区", "block", id) }
}

fn unknown(path: &[Step], zh: &str, en: &str, name: &str) -> Verdict {
    fault(path, format!("没有这个{zh} / unknown {en} `{name}`"))
}

fn anchors(path: &[Step], anchors: &[Anchor]) -> Verdict {
    for (i, anchor) in anchors.iter().enumerate() {
        let path = at(path, &[Key("anchors"), Index(i)]);
        if anchor.text.trim().is_empty() {
            return fault(&path, "锚点文字为空 / an anchor needs a text".into());
        }
        if anchor.at.is_some_and(|p| p.iter().any(|v| !(0.0..=1.0).contains(v))) {
            return fault(&path, "位置须在 0 到 1 之间 / places are fractions from 0 to 1".into());
        }
    }
    Ok(())
}

fn in_range(path: &[Step], area: Option<&Area>) -> Verdict {
    let fits = |[l, t, r, b]: &Area| l < r && t < b && [l, t, r, b].iter().all(|v| (0.0..=1.0).contains(*v));
    if area.is_none_or(fits) {
        return Ok(());
    }
    let message = "区域应为 [左, 上, 右, 下]，取 0 到 1 / an area is [left, top, right, bottom] from 0 to 1";
    fault(&at(path, &[Key("area")]), message.into())
}
