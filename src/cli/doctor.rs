//! `luru doctor`: what is installed, whether it is sound, and whether it reads.

use std::{io::Write, path::Path, sync::atomic::AtomicBool, time::Instant};

use anyhow::{Context, bail};

use crate::{
    components::{self, Components, FileState, Places},
    kind::Registry,
    ocr,
    worker::{Input, ReadOptions, cores, kernels, read_files},
};

use super::{Status, output::print, table::aligned};

/// A small page that we drew, and the digits on it.
const SAMPLE: &[u8] = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/assets/self-test.png"));
const SAMPLE_TEXT: &str = "0123456789";

pub(super) fn run(registry: &Registry) -> anyhow::Result<Status> {
    let places = Places::of_this_machine();
    let mut rows = vec![
        ["luru".to_owned(), env!("CARGO_PKG_VERSION").to_owned()],
        ["系统 / system".to_owned(), components::manifest::this_target()],
        ["处理器 / processor".to_owned(), format!("{} 核 / cores; {}", cores(), cpu_features())],
        ["单据类型 / kinds".to_owned(), registry.iter().count().to_string()],
        ["数据文件夹 / data folder".to_owned(), shown(components::data_folder().as_deref())],
        ["自定义类型 / own kinds".to_owned(), shown(components::kinds_folder().as_deref())],
        ["组件写入 / components go to".to_owned(), shown(places.install.as_deref())],
    ];
    rows.extend(places.search.iter().enumerate().map(|(i, folder)| {
        let label = if i == 0 { "组件查找 / searched in" } else { "" };
        [label.to_owned(), folder.display().to_string()]
    }));
    print(aligned(&rows).as_bytes())?;
    report_scripts()?;
    let sound = match report_files(&places) {
        Ok(sound) => sound,
        Err(error) => {
            print(error.to_string().as_bytes())?;
            return Ok(Status::NoComponents);
        }
    };
    if !sound {
        print(
            "组件缺失或损坏：请运行 luru setup / components are missing or damaged: run `luru setup`"
                .as_bytes(),
        )?;
        return Ok(Status::NoComponents);
    }
    match components::locate().map_err(anyhow::Error::from).and_then(|c| Ok(kernels(&c)?)) {
        Ok(kernels) => print(format!("推理内核 / kernels: {kernels}").as_bytes())?,
        Err(error) => print(format!("{error:#}").as_bytes())?,
    }
    let start = Instant::now();
    match components::locate().map_err(anyhow::Error::from).and_then(|c| self_test(&c, registry)) {
        Ok(()) => {
            let seconds = start.elapsed().as_secs_f64();
            print(format!("自检 / self-test: 通过 / passed ({seconds:.1}s)").as_bytes())?;
            Ok(Status::Ok)
        }
        Err(error) => {
            print(format!("自检 / self-test: 失败 / failed: {error:#}").as_bytes())?;
            Ok(Status::SomeFailed)
        }
    }
}

/// Prints every file of the manifest with its state; whether all are sound.
fn report_files(places: &Places) -> anyhow::Result<bool> {
    let reports = components::inspect(places)?;
    let rows: Vec<_> = reports
        .iter()
        .map(|report| {
            let state = match report.state {
                FileState::Ok => "✓ SHA-256",
                FileState::Missing => "✕ 缺失 / missing",
                FileState::Damaged => "✕ 损坏 / damaged",
            };
            [
                format!("{} {}", report.component.name, report.component.version),
                report.component.licence.clone(),
                state.to_owned(),
                report.path.as_deref().unwrap_or(Path::new(report.file.name())).display().to_string(),
            ]
        })
        .collect();
    print(aligned(&rows).as_bytes())?;
    Ok(reports.iter().all(|r| r.state == FileState::Ok))
}

/// Prints which scripts beside Chinese, Japanese and Latin can be read, and how to add the others.
/// They are optional: what is missing is no fault.
fn report_scripts() -> anyhow::Result<()> {
    let report = match ocr::report_scripts() {
        Ok(report) => report,
        Err(sentence) => return Ok(print(format!("✕ {sentence}").as_bytes())?),
    };
    let program = report.program.as_deref();
    let mut rows = vec![[
        "其他文字 / other scripts".to_owned(),
        format!("Tesseract: {}", shown(program)),
        String::new(),
    ]];
    rows.extend(report.scripts.iter().map(|script| {
        let state = if script.installed.is_empty() {
            "– 未安装 / not installed".to_owned()
        } else {
            format!("✓ {}", script.installed.join(", "))
        };
        [format!("  {} / {}", script.zh, script.en), state, script.remedy.clone().unwrap_or_default()]
    }));
    Ok(print(aligned(&rows).as_bytes())?)
}

/// Reads the built-in page as any other file.
fn self_test(components: &Components, registry: &Registry) -> anyhow::Result<()> {
    const NO_FILE: &str =
        "无法写临时文件，请检查磁盘空间 / no temporary file can be written: check the disk's space";
    let mut file = tempfile::Builder::new().suffix(".png").tempfile().context(NO_FILE)?;
    file.write_all(SAMPLE).context(NO_FILE)?;
    let input = Input { path: file.path().to_owned(), password: None };
    let mut readings = Vec::new();
    let (options, cancel) = (ReadOptions::default(), AtomicBool::new(false));
    let mut done = |_, reading| readings.push(reading);
    read_files(components, registry, &[input], &options, 1, &cancel, &mut done)?;
    let Some(reading) = readings.pop() else { bail!("没有结果 / no result") };
    if let Some(error) = reading.error.or_else(|| reading.pages.iter().find_map(|p| p.error.clone())) {
        bail!(error);
    }
    let read: String =
        reading.pages.iter().flat_map(|p| &p.structure.lines).map(|l| l.text.as_str()).collect();
    if !read.replace(' ', "").contains(SAMPLE_TEXT) {
        bail!("{SAMPLE_TEXT} ≠ {read}");
    }
    Ok(())
}

fn shown(path: Option<&Path>) -> String {
    path.map_or_else(|| "—".to_owned(), |p| p.display().to_string())
}

/// The instruction sets that decide the networks' speed.
#[cfg(target_arch = "x86_64")]
fn cpu_features() -> String {
    let features = [
        ("sse4.1", is_x86_feature_detected!("sse4.1")),
        ("avx2", is_x86_feature_detected!("avx2")),
        ("fma", is_x86_feature_detected!("fma")),
        ("avx512f", is_x86_feature_detected!("avx512f")),
        ("avx512vnni", is_x86_feature_detected!("avx512vnni")),
        ("avx512bf16", is_x86_feature_detected!("avx512bf16")),
    ];
    features
        .iter()
        .map(|(name, there)| format!("{name} {}", if *there { "✓" } else { "–" }))
        .collect::<Vec<_>>()
        .join(", ")
}

#[cfg(not(target_arch = "x86_64"))]
fn cpu_features() -> String {
    std::env::consts::ARCH.to_owned()
}
