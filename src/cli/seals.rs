//! `luru seals`: the seals of files, each cut out, and the pages without them.

use std::{
    fs,
    io::Cursor,
    path::{Path, PathBuf},
};

use anyhow::Context;
use image::{DynamicImage, ImageFormat};
use serde_json::{Value, json};

use crate::{
    export::write_atomic,
    ingest::{OpenOptions, Source},
    kind::Registry,
    review::{FileReading, PageReading},
    structure::seal_erase::{cut_out, erased},
    worker::{ReadOptions, cores, read_files_watched},
};

use super::{
    SealsArguments, Status,
    inputs::inputs,
    output::result_names,
    run::{MAX_JOBS, Run, ready_components, stop_on_interrupt},
};

pub(super) fn run(arguments: SealsArguments, registry: &Registry) -> anyhow::Result<Status> {
    let inputs = match inputs(&arguments.paths, None, &arguments.password) {
        Ok(inputs) => inputs,
        Err(status) => return Ok(status),
    };
    let paths: Vec<PathBuf> = inputs.iter().map(|input| input.path.clone()).collect();
    let cancel = stop_on_interrupt()?;
    let components = match ready_components(&cancel) {
        Ok(components) => components,
        Err(status) => return Ok(status),
    };
    fs::create_dir_all(&arguments.out).with_context(|| {
        format!("无法建立输出文件夹 / the output folder cannot be made: {}", arguments.out.display())
    })?;
    let names = result_names(&paths);
    let options = ReadOptions { kinds: None, ..ReadOptions::default() };
    let open = OpenOptions {
        password: inputs.first().and_then(|input| input.password.clone()),
        pdfium_library: Some(components.pdfium.clone()),
        ..OpenOptions::default()
    };
    let mut run = Run::new(paths.len());
    let jobs = cores().min(MAX_JOBS);
    let result = read_files_watched(&components, registry, &inputs, &options, jobs, &cancel, &mut |event| {
        run.hear(event, &cancel, &mut |file, reading| {
            let name = names.get(file).map_or("input", String::as_str);
            write_file(&reading, &arguments.out, name, &open)
        });
    });
    run.finish();
    if let Err(error) = result {
        eprintln!("{error}");
        return Ok(Status::NoComponents);
    }
    Ok(run.status(paths.len()))
}

/// Writes a file's seals as JSON, with the pictures beside it.
fn write_file(reading: &FileReading, folder: &Path, name: &str, open: &OpenOptions) -> anyhow::Result<()> {
    let mut pages = Vec::new();
    if reading.error.is_none() {
        let mut source = Source::open(&reading.path, open)?;
        for page in &reading.pages {
            pages.push(write_page(page, &mut source, folder, name)?);
        }
    }
    let result = json!({ "file": reading.path, "pages": pages, "error": reading.error });
    write_atomic(&folder.join(format!("{name}.json")), format!("{result:#}\n").as_bytes())?;
    Ok(())
}

/// Writes the pictures of one page; its entry in the result.
fn write_page(page: &PageReading, source: &mut Source, folder: &Path, name: &str) -> anyhow::Result<Value> {
    let seals = &page.structure.seals;
    let mut entries = Vec::new();
    let mut clean = None;
    if !seals.is_empty() {
        let image = source.decode(page.page)?.image;
        for (k, seal) in seals.iter().enumerate() {
            let file = format!("{name}-{}-seal-{}.png", page.page, k + 1);
            write_png(&folder.join(&file), cut_out(&image, seal).into())?;
            let mut entry = serde_json::to_value(seal)?;
            entry["cut_out"] = file.into();
            entries.push(entry);
        }
        let file = format!("{name}-{}-erased.png", page.page);
        write_png(&folder.join(&file), erased(&image, seals).into())?;
        clean = Some(file);
    }
    Ok(json!({
        "page": page.page, "width": page.width, "height": page.height,
        "seals": entries, "erased": clean, "error": page.error,
    }))
}

fn write_png(path: &Path, image: DynamicImage) -> anyhow::Result<()> {
    let mut bytes = Cursor::new(Vec::new());
    image.write_to(&mut bytes, ImageFormat::Png)?;
    Ok(write_atomic(path, bytes.get_ref())?)
}
