//! Programs of the system that Luru uses where they are there, and does without where not.

use std::{
    env,
    path::{Path, PathBuf},
};

use super::Places;

/// Tesseract, which reads the scripts that the networks do not: beside the components, on the
/// system's search path, or where its Windows installer puts it. `None` if it is not installed.
pub fn tesseract() -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let folders = Places::of_this_machine().search.into_iter().chain(env::split_paths(&path));
    first_program("tesseract", folders.chain(windows_folder()))
}

fn windows_folder() -> Option<PathBuf> {
    let programs = env::var_os("ProgramFiles").filter(|_| cfg!(windows))?;
    Some(Path::new(&programs).join("Tesseract-OCR"))
}

/// The first of `folders` that holds a program of this name.
fn first_program(name: &str, folders: impl Iterator<Item = PathBuf>) -> Option<PathBuf> {
    let file = format!("{name}{}", env::consts::EXE_SUFFIX);
    folders.filter(|f| f.is_absolute()).map(|f| f.join(&file)).find(|p| p.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_folder_that_holds_a_program_counts() {
        let (a, b) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let file = b.path().join(format!("reader{}", env::consts::EXE_SUFFIX));
        std::fs::write(&file, "").unwrap();
        let folders = || [PathBuf::from("."), a.path().to_owned(), b.path().to_owned()].into_iter();
        assert_eq!(first_program("reader", folders()), Some(file));
        assert_eq!(first_program("writer", folders()), None);
    }
}
