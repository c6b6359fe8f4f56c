//! `luru recognize`: reads files and writes their results.

use std::path::PathBuf;

use anyhow::Context;

use crate::{
    classify::KindChoice,
    export::{Profile, profile},
    ingest::OpenOptions,
    kind::Registry,
    worker::{ReadOptions, cores, read_files_watched},
};

use super::{
    RecognizeArguments, Status,
    inputs::inputs,
    output::{How, Output},
    run::{MAX_JOBS, Run, ready_components, stop_on_interrupt},
};

pub(super) fn run(arguments: RecognizeArguments, registry: &Registry) -> anyhow::Result<Status> {
    let kinds = match arguments.kind.as_str() {
        "auto" => Some(KindChoice::Auto),
        "none" => None,
        ids => {
            let several = ids.contains(',');
            let ids: Vec<String> =
                ids.split(',').map(str::trim).filter(|id| !id.is_empty()).map(str::to_owned).collect();
            let unknown = ids.iter().map(String::as_str).find(|id| registry.get(id).is_none());
            if let Some(id) = unknown.or(ids.is_empty().then_some("")) {
                eprintln!("没有类型 {id}：可用 luru kinds 查看 / there is no kind {id}: see `luru kinds`");
                return Ok(Status::WrongUsage);
            }
            Some(match ids.as_slice() {
                [one] if !several => KindChoice::Forced(one.clone()),
                _ => KindChoice::Among(ids),
            })
        }
    };
    let profile = match arguments.profile.as_deref().map(load_profile).transpose() {
        Ok(profile) => profile,
        Err(error) => {
            eprintln!("{error:#}");
            return Ok(Status::WrongUsage);
        }
    };
    let inputs = match inputs(&arguments.paths, arguments.files_from.as_deref(), &arguments.password) {
        Ok(inputs) => inputs,
        Err(status) => return Ok(status),
    };
    let paths: Vec<PathBuf> = inputs.iter().map(|input| input.path.clone()).collect();
    let cancel = stop_on_interrupt()?;
    let components = match ready_components(&cancel) {
        Ok(components) => components,
        Err(status) => return Ok(status),
    };
    let pages = arguments.pages.unwrap_or_default();
    let options =
        ReadOptions { pages, kinds, rotation: None, remember: !arguments.no_cache && super::may_remember() };
    let jobs = arguments.jobs.map_or_else(|| cores().min(MAX_JOBS), usize::from);
    let how = How {
        format: arguments.format,
        encoding: arguments.encoding.into(),
        profile,
        open: OpenOptions {
            password: inputs.first().and_then(|input| input.password.clone()),
            pdfium_library: Some(components.pdfium.clone()),
            ..OpenOptions::default()
        },
    };
    let mut output = Output::new(how, arguments.out.as_deref(), &paths, registry)?;
    let mut run = Run::new(paths.len());
    let result = read_files_watched(&components, registry, &inputs, &options, jobs, &cancel, &mut |event| {
        run.hear(event, &cancel, &mut |file, reading| output.put(file, reading));
    });
    run.finish();
    if let Err(error) = result {
        eprintln!("{error}");
        return Ok(Status::NoComponents);
    }
    end(run, output, paths.len())
}

/// Completes the output and says what failed or was not read.
fn end(run: Run, output: Output<'_>, inputs: usize) -> anyhow::Result<Status> {
    let status = run.status(inputs);
    if let Some(error) = run.stop {
        return Err(error);
    }
    if let Some(path) = output.finish()? {
        eprintln!("{}", path.display());
    }
    let unread = inputs - run.done;
    if unread > 0 {
        eprintln!("已停止，{unread} 个文件未识别 / stopped, {unread} files were not read");
    }
    if run.failed > 0 {
        eprintln!("{} 个文件失败，共 {inputs} 个 / {0} of {inputs} files failed", run.failed);
    }
    Ok(status)
}

fn load_profile(name: &str) -> anyhow::Result<Profile> {
    let folder = profile::folder().context(
        "系统没有用户数据文件夹，无法使用导出方案 / the system has no folder for user data: profiles cannot be used",
    )?;
    Ok(Profile::load(&folder, name)?)
}
