//! `luru template check`: is a form of one's own right, and how are samples read with it?

use std::{fmt::Write as _, fs, path::Path};

use serde_json::{Value, json};

use crate::{
    classify::{KindChoice, references::FormFit},
    export::json::document_result,
    extract::{Entry, Field, Record, State},
    kind::{FieldSpec, Kind, KindError, Registry, read_kind},
    review::{Document, FileReading, PageReading},
    validate::Severity,
    worker::{Input, ReadOptions, Trial, cores, read_files_watched, try_kind},
};

use super::{
    CheckFormat, Status, TemplateCheckArguments,
    inputs::collect,
    output::print,
    run::{MAX_JOBS, Run, ready_components, stop_on_interrupt},
    table::aligned,
};

/// One page of a sample as the form reads it.
struct Checked {
    file: String,
    page: usize,
    trial: Result<Trial, String>,
}

impl Checked {
    /// Whether the page was told by itself and lies on the sample without a doubt.
    fn is_good(&self) -> bool {
        self.trial.as_ref().is_ok_and(|t| t.recognised && fit(&t.document).is_none_or(|f| f.doubt.is_none()))
    }
}

pub(super) fn run(arguments: &TemplateCheckArguments, registry: Registry) -> anyhow::Result<Status> {
    let kind = match read(&arguments.file) {
        Ok(kind) => kind,
        Err(error) => {
            eprintln!("版式文件有误 / the template file is faulty: {error}");
            if arguments.format == CheckFormat::Json {
                let fault = json!({ "line": error.line, "message": error.message });
                let result = json!({ "template": arguments.file, "samples": [], "error": fault });
                print(format!("{result:#}").as_bytes())?;
            }
            return Ok(Status::SomeFailed);
        }
    };
    let checked = match samples(arguments, &kind, registry.with(kind.clone()))? {
        Ok(checked) => checked,
        Err(status) => return Ok(status),
    };
    let text = match arguments.format {
        CheckFormat::Json => format!("{:#}", as_json(&arguments.file, &kind, &checked)),
        CheckFormat::Text => as_text(&arguments.file, &kind, &checked)?,
    };
    print(text.trim_end().as_bytes())?;
    Ok(if checked.iter().all(Checked::is_good) { Status::Ok } else { Status::SomeFailed })
}

fn read(file: &Path) -> Result<Kind, KindError> {
    let name = file.display().to_string();
    let fault = |message: String| KindError { file: name.clone(), line: 0, message };
    let text = fs::read_to_string(file).map_err(|e| fault(format!("无法读取 / cannot be read: {e}")))?;
    let kind = read_kind(&name, &text)?;
    if !kind.has_references() {
        return Err(fault(
            "没有参照文字 references，不是按位置读取的版式 / it has no `references`: it is no form read by places"
                .to_owned(),
        ));
    }
    Ok(kind)
}

/// Reads the samples and tries the kind on each of their pages.
fn samples(
    arguments: &TemplateCheckArguments,
    kind: &Kind,
    registry: Registry,
) -> anyhow::Result<Result<Vec<Checked>, Status>> {
    let paths = match collect(&arguments.samples, None) {
        Ok(paths) => paths,
        Err(error) => {
            eprintln!("{error:#}");
            return Ok(Err(Status::WrongUsage));
        }
    };
    if paths.is_empty() {
        return Ok(Ok(Vec::new()));
    }
    let cancel = stop_on_interrupt()?;
    let components = match ready_components(&cancel) {
        Ok(components) => components,
        Err(status) => return Ok(Err(status)),
    };
    let inputs: Vec<Input> = paths.iter().map(|path| Input { path: path.clone(), password: None }).collect();
    let options = ReadOptions {
        kinds: Some(KindChoice::Auto),
        remember: super::may_remember(),
        ..ReadOptions::default()
    };
    let jobs = cores().min(MAX_JOBS);
    let mut run = Run::new(paths.len());
    let mut checked = Vec::new();
    let result = read_files_watched(&components, &registry, &inputs, &options, jobs, &cancel, &mut |event| {
        run.hear(event, &cancel, &mut |_, reading| {
            checked.extend(check_file(&registry, kind, &reading));
            Ok(())
        });
    });
    run.finish();
    if let Err(error) = result {
        eprintln!("{error}");
        return Ok(Err(Status::NoComponents));
    }
    if run.done < paths.len() {
        return Ok(Err(Status::SomeFailed));
    }
    Ok(Ok(checked))
}

fn check_file(registry: &Registry, kind: &Kind, reading: &FileReading) -> Vec<Checked> {
    let file = reading.path.display().to_string();
    if let Some(error) = &reading.error {
        return vec![Checked { file, page: 1, trial: Err(error.clone()) }];
    }
    let check = |page: &PageReading| {
        let trial = match &page.error {
            Some(error) => Err(error.clone()),
            None => Ok(check_page(registry, kind, reading, page)),
        };
        Checked { file: file.clone(), page: page.page, trial }
    };
    reading.pages.iter().map(check).collect()
}

/// The document that was found on the page, with all that a reading does; else the page as if it were one.
fn check_page(registry: &Registry, kind: &Kind, reading: &FileReading, page: &PageReading) -> Trial {
    let here = reading.documents.iter().filter(|d| d.pages.contains(&page.page));
    let kinds = here.clone().map(|d| d.found.kind.clone()).collect();
    match here.clone().find(|d| d.found.kind == kind.id) {
        Some(own) => Trial { recognised: true, kinds, document: own.clone() },
        None => try_kind(registry, kind, page),
    }
}

fn fit(document: &Document) -> Option<&FormFit> {
    document.found.fit.as_ref()
}

fn as_json(file: &Path, kind: &Kind, checked: &[Checked]) -> Value {
    let sample = |c: &Checked| match &c.trial {
        Err(error) => json!({ "file": c.file, "page": c.page, "error": error }),
        Ok(trial) => json!({
            "file": c.file,
            "page": c.page,
            "recognised": trial.recognised,
            "kinds": trial.kinds,
            "document": document_result(&trial.document),
            "error": null,
        }),
    };
    json!({
        "template": file,
        "id": kind.id,
        "references": references(kind),
        "samples": checked.iter().map(sample).collect::<Vec<_>>(),
        "error": null,
    })
}

fn references(kind: &Kind) -> usize {
    kind.layouts.iter().map(|l| l.references.len()).sum()
}

fn as_text(file: &Path, kind: &Kind, checked: &[Checked]) -> anyhow::Result<String> {
    let mut text = String::new();
    let (zh, en, id) = (&kind.name.zh, &kind.name.en, &kind.id);
    let (references, fields, tables) = (references(kind), kind.fields.len(), kind.tables.len());
    writeln!(text, "{}: {id} {zh} / {en}", file.display())?;
    writeln!(
        text,
        "参照文字 {references}，字段 {fields}，表格 {tables} / {references} references, {fields} fields, {tables} tables"
    )?;
    for c in checked {
        writeln!(text, "\n{} 第 {1} 页 / page {1}", c.file, c.page)?;
        match &c.trial {
            Err(error) => writeln!(text, "  {error}")?,
            Ok(trial) => write_trial(&mut text, kind, trial)?,
        }
    }
    Ok(text)
}

fn write_trial(text: &mut String, kind: &Kind, trial: &Trial) -> anyhow::Result<()> {
    if trial.recognised {
        writeln!(text, "  自动认出 / told by itself")?;
    } else {
        writeln!(text, "  没有自动认出，认作 / not told by itself, taken for: {}", trial.kinds.join(", "))?;
    }
    if let Some(fit) = fit(&trial.document) {
        let (found, of, residual) = (fit.found, fit.of, fit.residual_px);
        writeln!(
            text,
            "  参照文字 / references: {found}/{of}，偏差 / residual: {residual:.1} px{}",
            if fit.doubt.is_some() { "，存疑 / doubtful" } else { "" }
        )?;
        if !fit.missing.is_empty() {
            writeln!(text, "  没有找到 / missing: {}", fit.missing.join("、"))?;
        }
    }
    let record = &trial.document.record;
    let rows: Vec<_> = kind.fields.iter().flat_map(|spec| field_rows(spec, record)).collect();
    text.push_str(&indented(&aligned(&rows)));
    for table in &kind.tables {
        let rows = record.rows(&table.key);
        writeln!(text, "  {} — {} / {}: {}", table.key, table.label.zh, table.label.en, rows.len())?;
        for row in rows {
            let cells = table.columns.iter().map(|c| row.get(&c.key).map_or("", shown));
            writeln!(text, "    {}", cells.collect::<Vec<_>>().join(" | "))?;
        }
    }
    for issue in &trial.document.issues {
        let sign = if issue.severity == Severity::Error { "错误 / error" } else { "注意 / warning" };
        writeln!(text, "  {sign} {}: {} / {}", issue.rule, issue.message.zh, issue.message.en)?;
    }
    Ok(())
}

/// Key, label, value and state, a row each value.
fn field_rows(spec: &FieldSpec, record: &Record) -> Vec<[String; 4]> {
    let missing = Field::default();
    let values: Vec<&Field> = match record.entries.get(&spec.key) {
        Some(Entry::One(field)) => vec![field],
        Some(Entry::Many(fields)) if !fields.is_empty() => fields.iter().collect(),
        _ => vec![&missing],
    };
    let row = |field: &Field| {
        let state = match field.state {
            State::Ok => "",
            State::Doubtful => "存疑 doubtful",
            State::Invalid => "有误 invalid",
            State::Missing => "没有 missing",
        };
        [spec.key.clone(), spec.label.zh.clone(), shown(field).to_owned(), state.to_owned()]
    };
    values.into_iter().map(row).collect()
}

fn shown(field: &Field) -> &str {
    field.value.as_deref().unwrap_or("—")
}

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("  {line}\n")).collect()
}
