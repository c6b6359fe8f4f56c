//! Paths on the command line to input files.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context;

use crate::{ingest::is_supported_extension, worker::Input};

use super::{PasswordArguments, Status};

/// The inputs of a command that reads files; without any, how it ends, said on stderr.
pub(super) fn inputs(
    paths: &[PathBuf],
    files_from: Option<&Path>,
    password: &PasswordArguments,
) -> Result<Vec<Input>, Status> {
    let named = collect(paths, files_from).and_then(|files| Ok((files, password.read()?)));
    let (files, password) = named.map_err(|error| {
        eprintln!("{error:#}");
        Status::WrongUsage
    })?;
    if files.is_empty() {
        eprintln!("没有可识别的文件 / there is no file to read");
        return Err(Status::Ok);
    }
    Ok(files.into_iter().map(|path| Input { path, password: password.clone() }).collect())
}

/// The files that `paths` and the list in `files_from` name, folders searched recursively.
///
/// A file that is named is always an input, whatever its ending; in folders only the endings of
/// readable formats count, and hidden files and folders do not. Each file once, in the order
/// named; a folder's files sorted by path.
pub(super) fn collect(paths: &[PathBuf], files_from: Option<&Path>) -> anyhow::Result<Vec<PathBuf>> {
    let mut named = paths.to_vec();
    if let Some(list) = files_from {
        let bytes = fs::read(list).with_context(|| {
            format!("无法读取文件列表 / the list of files cannot be read: {}", list.display())
        })?;
        let text = String::from_utf8(bytes).with_context(|| {
            format!("文件列表不是 UTF-8 / the list of files is not UTF-8: {}", list.display())
        })?;
        let lines = text.trim_start_matches('\u{feff}').lines().map(|l| l.trim_end_matches('\r'));
        named.extend(lines.filter(|l| !l.trim().is_empty()).map(PathBuf::from));
    }
    let mut files = Vec::new();
    let mut seen = std::collections::HashSet::new();
    for path in named {
        if path.is_dir() {
            for file in in_folder(&path) {
                if seen.insert(file.clone()) {
                    files.push(file);
                }
            }
        } else if seen.insert(path.clone()) {
            files.push(path);
        }
    }
    Ok(files)
}

fn in_folder(folder: &Path) -> Vec<PathBuf> {
    let is_hidden =
        |entry: &walkdir::DirEntry| entry.depth() > 0 && entry.file_name().to_string_lossy().starts_with('.');
    walkdir::WalkDir::new(folder)
        .follow_links(true)
        .sort_by_file_name()
        .into_iter()
        .filter_entry(|entry| !is_hidden(entry))
        .filter_map(|entry| match entry {
            Ok(entry) => Some(entry),
            Err(error) => {
                // The other files of the folder are still read.
                eprintln!("无法读取，已跳过 / cannot be read and was left out: {error}");
                None
            }
        })
        .filter(|entry| entry.file_type().is_file())
        .map(walkdir::DirEntry::into_path)
        .filter(|path| is_supported_extension(path))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_searched_and_named_files_are_taken_as_they_are() {
        let root = tempfile::tempdir().expect("a scratch folder");
        let file = |name: &str| {
            let path = root.path().join(name);
            fs::create_dir_all(path.parent().expect("has a parent")).expect("made");
            fs::write(&path, "").expect("written");
            path
        };
        let (b, a) = (file("in/b.PNG"), file("in/a/x.jpg"));
        for other in ["in/notes.md", "in/.hidden.png", "in/.cache/y.png"] {
            file(other);
        }
        let odd = file("odd.ending");
        let missing = root.path().join("missing.pdf");
        let list = file("list.txt");
        fs::write(&list, format!("\u{feff}{}\r\n\r\n{}\n", odd.display(), missing.display()))
            .expect("written");
        let files = collect(&[root.path().join("in"), b.clone()], Some(&list)).expect("readable list");
        assert_eq!(files, [a, b, odd, missing]);
        assert!(collect(&[], Some(&root.path().join("none"))).is_err());
    }
}
