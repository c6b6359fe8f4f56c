//! Profiles: which columns of a kind's tables are exported, in which order, under which headings.
//!
//! A profile is a TOML file in the `profiles` folder of the user's data, named for it; programs
//! that import the tables want their own columns. What a profile does not name is exported as
//! always.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use crate::{
    kind::{Lang, Registry},
    review::FileReading,
};

use super::{
    ExportError,
    grid::{self, Cell, Content, Grid},
    write_atomic,
};

/// Keys of the columns that do not come from a kind's fields; no field's key begins with `@`.
pub(super) const NUMBER: &str = "@number";
pub(super) const FILE: &str = "@file";
pub(super) const PAGE: &str = "@page";
pub(super) const STATE: &str = "@state";
pub(super) const ISSUES: &str = "@issues";
pub(super) const ROW: &str = "@row";
pub(super) const TEXT: &str = "@text";
/// Before the key of a field of the document that a row repeats.
pub(super) const DOCUMENT: &str = "@document.";

/// Columns of one or several tables.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    #[serde(default, rename = "table", skip_serializing_if = "Vec::is_empty")]
    pub tables: Vec<ProfileTable>,
}

/// The columns of one table.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProfileTable {
    /// The kind's id.
    pub kind: String,
    /// Key of a row table; `None`: the table with one line a document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows: Option<String>,
    pub columns: Vec<ProfileColumn>,
}

/// One column: a field's key, or one of those that every table has (`@number`, `@file`, `@page`,
/// `@state`, `@issues`, `@row`, `@document.KEY`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProfileColumn {
    pub key: String,
    /// `None`: the field's own label.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub heading: Option<String>,
}

/// Why a profile cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProfileError {
    #[error(
        "没有名为 {name} 的导出方案，请先在窗口中保存或检查名称 / there is no export profile {name}: save one first or check the name ({path})"
    )]
    Missing { name: String, path: PathBuf },
    #[error("导出方案的名称不能含有路径符号 / a profile's name must not hold signs of a path: {name}")]
    Name { name: String },
    #[error("导出方案无法读取：{message}，请改正 / the export profile cannot be read: correct it ({path})")]
    Damaged { path: PathBuf, message: String },
    #[error("导出方案无法保存 / the export profile cannot be saved: {0}")]
    Save(#[from] ExportError),
}

impl Profile {
    /// The profile `name` of `folder`.
    pub fn load(folder: &Path, name: &str) -> Result<Self, ProfileError> {
        let path = path(folder, name)?;
        let damaged = |message: String| ProfileError::Damaged { path: path.clone(), message };
        match fs::read_to_string(&path) {
            Ok(text) => toml::from_str(&text).map_err(|e| damaged(e.to_string())),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
                Err(ProfileError::Missing { name: name.to_owned(), path })
            }
            Err(e) => Err(damaged(e.to_string())),
        }
    }

    /// Saves the profile under `name`, in place of one of that name; makes the folder.
    pub fn save(&self, folder: &Path, name: &str) -> Result<(), ProfileError> {
        let path = path(folder, name)?;
        let text = toml::to_string(self)
            .map_err(|e| ProfileError::Damaged { path: path.clone(), message: e.to_string() })?;
        fs::create_dir_all(folder)
            .map_err(|source| ExportError::Write { path: folder.to_owned(), source })?;
        Ok(write_atomic(&path, text.as_bytes())?)
    }

    /// The columns of a kind's table, if the profile names it.
    pub fn columns(&self, kind: &str, rows: Option<&str>) -> Option<&[ProfileColumn]> {
        let table = self.tables.iter().find(|t| t.kind == kind && t.rows.as_deref() == rows)?;
        Some(&table.columns)
    }

    /// Sets the columns of a kind's table; `None`: as always.
    pub fn set_columns(&mut self, kind: &str, rows: Option<&str>, columns: Option<Vec<ProfileColumn>>) {
        self.tables.retain(|t| t.kind != kind || t.rows.as_deref() != rows);
        if let Some(columns) = columns {
            self.tables.push(ProfileTable { kind: kind.to_owned(), rows: rows.map(str::to_owned), columns });
        }
    }
}

/// A table of an export with the columns that it has without a profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableColumns {
    pub kind: String,
    /// Key of a row table; `None`: the table with one line a document.
    pub rows: Option<String>,
    /// Of the table, for people.
    pub name: String,
    pub columns: Vec<ProfileColumn>,
}

/// The tables that an export of the readings has, each column with its usual heading.
pub fn tables_of(readings: &[FileReading], registry: &Registry, lang: Lang) -> Vec<TableColumns> {
    let readings = grid::with_documents(readings, registry);
    let tables = grid::build(&readings, registry, lang, None).grids.into_iter().map(|grid| TableColumns {
        kind: grid.kind,
        rows: grid.table,
        name: grid.name,
        columns: grid
            .keys
            .into_iter()
            .zip(grid.headings)
            .map(|(key, heading)| ProfileColumn { key, heading: Some(heading) })
            .collect(),
    });
    tables.collect()
}

/// Gives a table the columns of a profile. A key that the table does not have becomes an empty
/// column: what imports the table counts on its place.
pub(super) fn arrange<'a>(grid: &mut Grid<'a>, columns: &[ProfileColumn]) {
    let places: Vec<Option<usize>> =
        columns.iter().map(|c| grid.keys.iter().position(|k| *k == c.key)).collect();
    let heading = |(column, place): (&ProfileColumn, &Option<usize>)| {
        let usual = place.and_then(|at| grid.headings.get(at));
        column.heading.as_ref().or(usual).unwrap_or(&column.key).clone()
    };
    let headings = columns.iter().zip(&places).map(heading).collect();
    let cell = |row: &[Cell<'a>], place: Option<usize>| -> Cell<'a> {
        place.and_then(|at| row.get(at)).cloned().unwrap_or_else(|| Content::Empty.into())
    };
    let rows = grid.rows.iter().map(|row| places.iter().map(|place| cell(row, *place)).collect());
    grid.rows = rows.collect();
    grid.headings = headings;
    grid.keys = columns.iter().map(|c| c.key.clone()).collect();
}

/// The names of the profiles in `folder`, sorted; none where there is no folder.
pub fn names(folder: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut names: Vec<String> = entries
        .filter_map(|entry| {
            let path = entry.ok()?.path();
            let is_profile = path.extension().is_some_and(|e| e == "toml");
            Some(path.file_stem().filter(|_| is_profile)?.to_string_lossy().into_owned())
        })
        .collect();
    names.sort();
    names
}

/// Where the user's profiles lie; `None` where the system has no folder for a user's data.
pub fn folder() -> Option<PathBuf> {
    crate::components::data_folder().map(|d| d.join("profiles"))
}

fn path(folder: &Path, name: &str) -> Result<PathBuf, ProfileError> {
    let refused = |c: char| c.is_control() || r#"\/:*?"<>|"#.contains(c);
    if name.trim().is_empty() || name.starts_with('.') || name.contains(refused) {
        return Err(ProfileError::Name { name: name.to_owned() });
    }
    Ok(folder.join(format!("{}.toml", name.trim())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn profiles_survive_a_round_trip_and_names_stay_in_the_folder() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let folder = folder.path().join("profiles");
        assert!(names(&folder).is_empty());
        let mut profile = Profile::default();
        let column = |key: &str, heading: Option<&str>| ProfileColumn {
            key: key.into(),
            heading: heading.map(str::to_owned),
        };
        profile.set_columns("slip", None, Some(vec![column(FILE, None), column("total", Some("金额"))]));
        profile.set_columns("slip", Some("item_list"), Some(vec![column("name", None)]));
        profile.save(&folder, "用友").expect("writable");
        assert_eq!(Profile::load(&folder, "用友").expect("just written"), profile);
        assert_eq!(names(&folder), ["用友"]);
        assert_eq!(profile.columns("slip", Some("item_list")).map(<[_]>::len), Some(1));
        profile.set_columns("slip", None, None);
        assert_eq!(profile.columns("slip", None), None);
        assert!(matches!(Profile::load(&folder, "别的"), Err(ProfileError::Missing { .. })));
        assert!(matches!(Profile::load(&folder, "../x"), Err(ProfileError::Name { .. })));
        fs::write(folder.join("坏.toml"), "[[table]]\nkind = 3").expect("writable");
        assert!(matches!(Profile::load(&folder, "坏"), Err(ProfileError::Damaged { .. })));
    }
}
