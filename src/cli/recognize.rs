//! `luru recognize`: reads files and writes their results.

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use anyhow::Context;

use crate::{
    classify::KindChoice,
    components::{self, ComponentsError, Places},
    export::{Profile, profile},
    ingest::OpenOptions,
    kind::Registry,
    review::FileReading,
    worker::{BatchEvent, Input, ReadOptions, cores, read_files_watched},
};

use super::{
    RecognizeArguments, Status,
    inputs::collect,
    output::{self, How, Output},
    progress::{DownloadProgress, ReadProgress},
};

/// More readers than this only need more memory: each holds its own networks and page.
pub(super) const MAX_JOBS: usize = 16;
/// Exit status of a process that was interrupted, by convention 128 + SIGINT.
const INTERRUPTED: i32 = 130;

pub(super) fn run(arguments: RecognizeArguments, registry: &Registry) -> anyhow::Result<Status> {
    let kinds = match arguments.kind.as_str() {
        "auto" => Some(KindChoice::Auto),
        "none" => None,
        id if registry.get(id).is_some() => Some(KindChoice::Forced(id.to_owned())),
        id => {
            eprintln!("没有类型 {id}：可用 luru kinds 查看 / there is no kind {id}: see `luru kinds`");
            return Ok(Status::WrongUsage);
        }
    };
    let profile = match arguments.profile.as_deref().map(load_profile).transpose() {
        Ok(profile) => profile,
        Err(error) => {
            eprintln!("{error:#}");
            return Ok(Status::WrongUsage);
        }
    };
    let paths = match collect(&arguments.paths, arguments.files_from.as_deref()) {
        Ok(paths) => paths,
        Err(error) => {
            eprintln!("{error:#}");
            return Ok(Status::WrongUsage);
        }
    };
    if paths.is_empty() {
        eprintln!("没有可识别的文件 / there is no file to read");
        return Ok(Status::Ok);
    }
    let cancel = stop_on_interrupt()?;
    let download = DownloadProgress::new();
    let places = Places::of_this_machine();
    let components = match components::ensure_in(&places, &cancel, &mut |p| download.show(p)) {
        Ok(components) => components,
        Err(error) => {
            eprintln!("{error}");
            let stopped = matches!(error, ComponentsError::Cancelled);
            return Ok(if stopped { Status::SomeFailed } else { Status::NoComponents });
        }
    };
    let pages = arguments.pages.unwrap_or_default();
    let options = ReadOptions { pages, kinds, rotation: None, remember: !arguments.no_cache };
    let input = |path: &PathBuf| Input { path: path.clone(), password: arguments.password.clone() };
    let inputs: Vec<Input> = paths.iter().map(input).collect();
    let jobs = arguments.jobs.map_or_else(|| cores().min(MAX_JOBS), usize::from);
    let how = How {
        format: arguments.format,
        encoding: arguments.encoding.into(),
        profile,
        open: OpenOptions {
            password: arguments.password.clone(),
            pdfium_library: Some(components.pdfium.clone()),
            ..OpenOptions::default()
        },
    };
    let output = Output::new(how, arguments.out.as_deref(), &paths, registry)?;
    let mut run = Run { output, progress: ReadProgress::new(paths.len()), done: 0, failed: 0, stop: None };
    let result = read_files_watched(&components, registry, &inputs, &options, jobs, &cancel, &mut |event| {
        run.hear(event, &cancel);
    });
    run.progress.finish();
    if let Err(error) = result {
        eprintln!("{error}");
        return Ok(Status::NoComponents);
    }
    run.end(paths.len())
}

fn load_profile(name: &str) -> anyhow::Result<Profile> {
    let folder = profile::folder().context(
        "系统没有用户数据文件夹，无法使用导出方案 / the system has no folder for user data: profiles cannot be used",
    )?;
    Ok(Profile::load(&folder, name)?)
}

/// A flag that the first Ctrl-C sets; the second ends the process at once.
pub(super) fn stop_on_interrupt() -> anyhow::Result<Arc<AtomicBool>> {
    let cancel = Arc::new(AtomicBool::new(false));
    let flag = cancel.clone();
    ctrlc::set_handler(move || {
        if flag.swap(true, Ordering::Relaxed) {
            std::process::exit(INTERRUPTED);
        }
        eprintln!(
            "正在停止，已完成的结果会保留；再按一次立即退出 / stopping, finished results are kept; once more to quit at once"
        );
    })
    .context("无法接收中断信号 / interrupts cannot be caught")?;
    Ok(cancel)
}

struct Run<'a> {
    output: Output<'a>,
    progress: ReadProgress,
    done: usize,
    failed: usize,
    /// Why nothing more can be written: stdout was closed.
    stop: Option<anyhow::Error>,
}

impl Run<'_> {
    fn hear(&mut self, event: BatchEvent, cancel: &AtomicBool) {
        match event {
            BatchEvent::FileOpened { pages, .. } => self.progress.opened(pages),
            BatchEvent::PageDone { .. } => self.progress.page_done(),
            BatchEvent::FileDone { file, reading } => {
                let path = reading.path.clone();
                let unopened = reading.error.is_some();
                let seconds = reading.timings.total / 1000.0;
                let mut failures = failures(&reading);
                if self.stop.is_none()
                    && let Err(error) = self.output.put(file, reading)
                {
                    if output::is_closed_pipe(&error) {
                        self.stop = Some(error);
                        cancel.store(true, Ordering::Relaxed);
                    } else {
                        failures.push(format!("{error:#}"));
                    }
                }
                self.done += 1;
                self.failed += usize::from(!failures.is_empty());
                self.progress.file_done(&path, unopened, seconds, &failures);
            }
        }
    }

    fn end(self, inputs: usize) -> anyhow::Result<Status> {
        if let Some(error) = self.stop {
            return Err(error);
        }
        if let Some(path) = self.output.finish()? {
            eprintln!("{}", path.display());
        }
        let unread = inputs - self.done;
        if unread > 0 {
            eprintln!("已停止，{unread} 个文件未识别 / stopped, {unread} files were not read");
        }
        if self.failed > 0 {
            eprintln!("{} 个文件失败，共 {inputs} 个 / {0} of {inputs} files failed", self.failed);
        }
        Ok(if self.failed + unread > 0 { Status::SomeFailed } else { Status::Ok })
    }
}

/// What went wrong with a file and its pages, a sentence each.
pub(super) fn failures(reading: &FileReading) -> Vec<String> {
    let pages = reading.pages.iter().filter_map(|page| {
        let error = page.error.as_ref()?;
        Some(format!("第 {0} 页 / page {0}: {error}", page.page))
    });
    reading.error.iter().cloned().chain(pages).collect()
}
