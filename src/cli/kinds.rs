//! `luru kinds`: the document kinds and their fields, from the registry.

use std::collections::BTreeMap;

use crate::kind::{FieldSpec, FieldType, Group, Kind, Registry};

use super::{Status, output::print, table::aligned};

pub(super) fn run(id: Option<&str>, registry: &Registry) -> anyhow::Result<Status> {
    let text = match id {
        None => overview(registry),
        Some(id) => match registry.get(id) {
            Some(kind) => fields(kind),
            None => {
                eprintln!("没有类型 {id}：可用 luru kinds 查看 / there is no kind {id}: see `luru kinds`");
                return Ok(Status::WrongUsage);
            }
        },
    };
    print(text.trim_end().as_bytes())?;
    Ok(Status::Ok)
}

/// The kinds by group: id, names, number of fields.
fn overview(registry: &Registry) -> String {
    let mut groups: BTreeMap<usize, Vec<[String; 4]>> = BTreeMap::new();
    for kind in registry.iter() {
        let count = kind.fields.len() + kind.tables.len();
        let row = [kind.id.clone(), kind.name.zh.clone(), kind.name.en.clone(), count.to_string()];
        groups.entry(group(kind.group).0).or_default().push(row);
    }
    let titles = [Group::Cards, Group::Receipts, Group::Documents].map(group);
    let parts = groups.into_iter().map(|(order, rows)| {
        let title = titles.iter().find(|(of, _)| *of == order).map_or("", |(_, title)| title);
        format!("{title}\n{}", aligned(&rows))
    });
    parts.collect::<Vec<_>>().join("\n")
}

/// A group's place in the list and its title.
fn group(group: Group) -> (usize, &'static str) {
    match group {
        Group::Cards => (0, "证照 / cards and certificates"),
        Group::Receipts => (1, "票据 / invoices, receipts, tickets"),
        Group::Documents => (2, "文档 / documents"),
    }
}

/// A kind's fields in form order, then its row tables with their columns, then its checks.
fn fields(kind: &Kind) -> String {
    let mut text = format!("{} — {} / {}\n\n", kind.id, kind.name.zh, kind.name.en);
    let rows: Vec<_> = kind.fields.iter().map(row).collect();
    text.push_str(&aligned(&rows));
    for table in &kind.tables {
        text.push_str(&format!("\n{} — {} / {}\n", table.key, table.label.zh, table.label.en));
        let rows: Vec<_> = table.columns.iter().map(row).collect();
        text.push_str(&aligned(&rows));
    }
    if !kind.checks.is_empty() {
        text.push_str("\n校验 / checks\n");
        let rows: Vec<_> =
            kind.checks.iter().map(|check| [check.rule().to_owned(), check.fields().join(", ")]).collect();
        text.push_str(&aligned(&rows));
    }
    text
}

fn row(field: &FieldSpec) -> [String; 5] {
    let mut marks = Vec::new();
    if field.required {
        marks.push("必填 required");
    }
    if field.many {
        marks.push("可多个 many");
    }
    [
        field.key.clone(),
        type_name(field.field_type).to_owned(),
        field.label.zh.clone(),
        field.label.en.clone(),
        marks.join(", "),
    ]
}

/// As it is written in a kind file.
fn type_name(field_type: FieldType) -> &'static str {
    match field_type {
        FieldType::Text => "text",
        FieldType::Multiline => "multiline",
        FieldType::Digits => "digits",
        FieldType::Identifier => "identifier",
        FieldType::Date => "date",
        FieldType::DateTime => "date_time",
        FieldType::Amount => "amount",
        FieldType::Number => "number",
        FieldType::Percent => "percent",
        FieldType::AmountInWords => "amount_in_words",
        FieldType::Sex => "sex",
        FieldType::Flag => "flag",
        FieldType::MrzLine => "mrz_line",
    }
}
