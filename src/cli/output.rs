//! Where results go: stdout, or one file per input in a folder.

use std::{
    collections::HashSet,
    fs,
    io::{self, ErrorKind, Write},
    path::{Path, PathBuf},
};

use anyhow::Context;

use crate::{
    export::{self, Profile, Tables, csv::Encoding, json::JsonOptions},
    ingest::OpenOptions,
    kind::{Lang, Registry},
    review::FileReading,
};

use super::Format;

/// Name of the workbook that holds all inputs.
const WORKBOOK: &str = "luru.xlsx";

/// As what results are written.
pub(super) struct How {
    pub format: Format,
    pub encoding: Encoding,
    pub profile: Option<Profile>,
    /// How inputs are opened again for their pictures.
    pub open: OpenOptions,
}

/// Takes each input's result as it is complete.
pub(super) struct Output<'a> {
    how: How,
    registry: &'a Registry,
    /// Folder and each input's result file in it; `None`: stdout.
    files: Option<(PathBuf, Vec<String>)>,
    /// What goes into one file at the end.
    kept: Vec<FileReading>,
}

impl<'a> Output<'a> {
    /// Makes the folder. Inputs of the same name from different folders get different results,
    /// which is told on stderr.
    pub fn new(
        how: How,
        folder: Option<&Path>,
        inputs: &[PathBuf],
        registry: &'a Registry,
    ) -> anyhow::Result<Self> {
        let files = match folder {
            None => None,
            Some(folder) => {
                fs::create_dir_all(folder).with_context(|| {
                    format!("无法建立输出文件夹 / the output folder cannot be made: {}", folder.display())
                })?;
                let names = result_names(inputs);
                for (input, name) in inputs.iter().zip(&names).filter(|(i, n)| plain_name(i) != **n) {
                    if how.format != Format::Xlsx {
                        eprintln!(
                            "文件同名，结果改名为 {name}{} / same name, other result: {}",
                            ending(how.format),
                            input.display()
                        );
                    }
                }
                Some((folder.to_owned(), names))
            }
        };
        Ok(Self { how, registry, files, kept: Vec::new() })
    }

    /// Writes the result of the input at `index`.
    pub fn put(&mut self, index: usize, reading: FileReading) -> anyhow::Result<()> {
        let Some((folder, names)) = &self.files else {
            match self.how.format {
                Format::Json => print(export::json::file_result(&reading).to_string().as_bytes())?,
                Format::CloudJson => {
                    print(export::cloud::file_result(&reading, self.registry).to_string().as_bytes())?;
                }
                Format::Txt => print(export::text::plain(&reading).trim_end_matches('\n').as_bytes())?,
                Format::Md => print(export::markdown::markdown(&reading).trim_end_matches('\n').as_bytes())?,
                // The arguments ask for a folder where the result is no text.
                Format::Csv | Format::Xlsx | Format::Docx | Format::Pdf => self.kept.push(reading),
            }
            return Ok(());
        };
        let name = names.get(index).map_or("", String::as_str);
        let path = folder.join(format!("{name}{}", ending(self.how.format)));
        match self.how.format {
            Format::Json => export::json::write(&path, &reading, JsonOptions::default())?,
            Format::CloudJson => export::cloud::write(&path, &reading, self.registry)?,
            Format::Txt => {
                let text = reading.error.as_deref().map_or_else(|| export::text::plain(&reading), error_text);
                export::write_atomic(&path, text.as_bytes())?;
            }
            Format::Md => {
                let text =
                    reading.error.as_deref().map_or_else(|| export::markdown::markdown(&reading), error_text);
                export::write_atomic(&path, text.as_bytes())?;
            }
            Format::Docx => export::docx::write(&path, &reading)?,
            Format::Pdf => match &reading.error {
                // Nothing is there to be shown: the reason stands beside where the PDF would.
                Some(error) => {
                    export::write_atomic(&path.with_extension("pdf.txt"), error_text(error).as_bytes())?;
                }
                None => export::pdf::write(&path, &reading, &self.how.open)?,
            },
            Format::Csv => {
                let encoding = self.how.encoding;
                let bytes = match &reading.error {
                    Some(error) => encoding.bytes(&csv_error(&reading, error)),
                    None => {
                        let one = std::slice::from_ref(&reading);
                        export::csv::joined(one, &self.tables(), encoding)?
                    }
                };
                export::write_atomic(&path, &bytes)?;
            }
            Format::Xlsx => self.kept.push(reading),
        }
        Ok(())
    }

    fn tables(&self) -> Tables<'_> {
        let profile = self.how.profile.as_ref();
        Tables { registry: self.registry, lang: Lang::default(), profile }
    }

    /// Writes what holds all inputs together. Returns the file, if there is one.
    pub fn finish(self) -> anyhow::Result<Option<PathBuf>> {
        match (self.how.format, &self.files) {
            (Format::Csv, None) if !self.kept.is_empty() => {
                let bytes = export::csv::joined(&self.kept, &self.tables(), self.how.encoding)?;
                io::stdout().lock().write_all(&bytes)?;
                Ok(None)
            }
            (Format::Xlsx, Some((folder, _))) if !self.kept.is_empty() => {
                let path = folder.join(WORKBOOK);
                export::xlsx::write(&path, &self.kept, &self.tables())?;
                Ok(Some(path))
            }
            _ => Ok(None),
        }
    }
}

fn ending(format: Format) -> &'static str {
    match format {
        Format::Json | Format::CloudJson => ".json",
        Format::Xlsx => ".xlsx",
        Format::Csv => ".csv",
        Format::Txt => ".txt",
        Format::Md => ".md",
        Format::Docx => ".docx",
        Format::Pdf => ".pdf",
    }
}

/// A text that only says why there is nothing else.
fn error_text(error: &str) -> String {
    format!("error: {error}\n")
}

/// A table that only says why there is nothing else.
fn csv_error(reading: &FileReading, error: &str) -> String {
    let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
    let file = reading.path.to_string_lossy();
    format!("file,error\r\n{},{}\r\n", quoted(&file), quoted(error))
}

/// One line, or several, to stdout.
pub(super) fn print(text: &[u8]) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(text)?;
    stdout.write_all(b"\n")?;
    stdout.flush()
}

/// Whether the reader of stdout has closed it: not a failure, but nothing more is wanted.
pub(super) fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<io::Error>())
        .any(|e| e.kind() == ErrorKind::BrokenPipe)
}

fn plain_name(input: &Path) -> String {
    input.file_name().map_or_else(|| "input".to_owned(), |n| n.to_string_lossy().into_owned())
}

/// A result name for each input, without its ending: the input's file name, and a number where
/// that is taken. Names that differ only in case clash on some file systems and count as equal.
pub(super) fn result_names(inputs: &[PathBuf]) -> Vec<String> {
    let mut taken: HashSet<String> = inputs.iter().map(|i| plain_name(i).to_lowercase()).collect();
    let mut first = HashSet::new();
    inputs
        .iter()
        .map(|input| {
            let name = plain_name(input);
            if first.insert(name.to_lowercase()) {
                return name;
            }
            (2..)
                .map(|n| format!("{name}-{n}"))
                .find(|other| taken.insert(other.to_lowercase()))
                .unwrap_or(name)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_of_the_same_name_do_not_overwrite_each_other() {
        let inputs = ["a/x.png", "b/X.png", "c/x.png", "d/x.png-2", "/"].map(PathBuf::from);
        assert_eq!(result_names(&inputs), ["x.png", "X.png-3", "x.png-4", "x.png-2", "input"]);
    }
}
