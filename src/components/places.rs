//! Where components are looked for and where they are brought to.

use std::{
    env,
    path::{Path, PathBuf},
};

use super::{ComponentsError, manifest::WheelFile};

/// Environment variable that names a folder of components.
const VARIABLE: &str = "LURU_COMPONENTS";

/// Folders to look in, in order, and the one that `luru setup` writes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Places {
    pub search: Vec<PathBuf>,
    /// `None` where the system has no user data folder and `LURU_COMPONENTS` is not set.
    pub install: Option<PathBuf>,
}

impl Places {
    /// `LURU_COMPONENTS`, beside the executable, the user's data folder, `models/` of the checkout.
    pub fn of_this_machine() -> Self {
        let named = env::var_os(VARIABLE).filter(|v| !v.is_empty()).map(PathBuf::from);
        let data = data_folder().map(|d| d.join("components"));
        // A link such as /usr/bin/luru leads to the folder that the package ships.
        let executable = env::current_exe().ok().map(|e| e.canonicalize().unwrap_or(e));
        let beside = executable.as_deref().and_then(Path::parent);
        let checkout = env::var_os("CARGO_MANIFEST_DIR")
            .map(PathBuf::from)
            .into_iter()
            .chain(executable.iter().flat_map(|e| e.ancestors().skip(1).map(Path::to_owned)))
            .find(|folder| {
                folder.join("Cargo.toml").is_file() && folder.join("models/manifest.toml").is_file()
            });
        let search = [
            named.clone(),
            beside.map(Path::to_owned),
            beside.map(|b| b.join("components")),
            data.clone(),
            checkout.map(|c| c.join("models")),
        ];
        Self { search: search.into_iter().flatten().collect(), install: named.or(data) }
    }

    /// One folder alone, to look in and to write to.
    pub fn only(folder: &Path) -> Self {
        Self { search: vec![folder.to_owned()], install: Some(folder.to_owned()) }
    }

    /// The first file of the right name and size.
    pub fn find(&self, file: &WheelFile) -> Result<PathBuf, ComponentsError> {
        self.search
            .iter()
            .map(|folder| folder.join(file.name()))
            .find(|path| path.metadata().is_ok_and(|m| m.is_file() && m.len() == file.size))
            .ok_or_else(|| ComponentsError::Missing { name: file.name().to_owned() })
    }
}

/// The program's folder for what can be made again, where the system has one.
pub fn cache_folder() -> Option<PathBuf> {
    directories::ProjectDirs::from("", "", "luru").map(|d| d.cache_dir().to_owned())
}

/// The program's folder among the user's data, where the system has one.
pub fn data_folder() -> Option<PathBuf> {
    directories::ProjectDirs::from("", "", "luru").map(|d| d.data_local_dir().to_owned())
}

/// A folder that the system holds in memory and that nobody else can write to in the user's name; `None` where
/// there is none that is known: on Linux the user's run-time folder.
pub fn memory_folder() -> Option<PathBuf> {
    let run_time = directories::BaseDirs::new().and_then(|d| d.runtime_dir().map(PathBuf::from));
    run_time.filter(|folder| folder.is_dir()).or_else(|| {
        let shared = PathBuf::from("/dev/shm");
        (cfg!(target_os = "linux") && shared.is_dir()).then_some(shared)
    })
}

/// Where the user's own kind files lie.
pub fn kinds_folder() -> Option<PathBuf> {
    data_folder().map(|d| d.join("kinds"))
}
