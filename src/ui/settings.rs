//! What the user has set, kept as JSON in the configuration folder.
//!
//! A file that cannot be read costs the settings, never the start of the program.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use eframe::egui::ThemePreference;
use serde::{Deserialize, Serialize};

use crate::review::FieldRules;

use super::text::Language;

/// Interface scale in percent: the smallest, the largest and the step.
pub const SCALE: (u16, u16, u16) = (70, 300, 10);

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ThemeChoice {
    #[default]
    System,
    Light,
    Dark,
    /// Black and white, with strong edges.
    HighContrast,
}

impl ThemeChoice {
    pub const ALL: [Self; 4] = [Self::System, Self::Light, Self::Dark, Self::HighContrast];

    pub fn preference(self) -> ThemePreference {
        match self {
            Self::System => ThemePreference::System,
            Self::Light => ThemePreference::Light,
            Self::Dark | Self::HighContrast => ThemePreference::Dark,
        }
    }

    pub fn next(self) -> Self {
        match self {
            Self::System => Self::Light,
            Self::Light => Self::Dark,
            Self::Dark => Self::HighContrast,
            Self::HighContrast => Self::System,
        }
    }
}

/// Which overlays are drawn over the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Overlays {
    pub lines: bool,
    pub fields: bool,
    pub tables: bool,
    pub seals: bool,
}

impl Default for Overlays {
    fn default() -> Self {
        Self { lines: false, fields: true, tables: false, seals: true }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// `None`: as the system says.
    pub language: Option<Language>,
    pub theme: ThemeChoice,
    pub scale_percent: u16,
    pub overlays: Overlays,
    pub show_queue: bool,
    pub show_form: bool,
    /// The form shows fields that are not printed on the document, too.
    pub show_unprinted: bool,
    /// Values read with less confidence than this are always to be looked at; 0: as the checks say.
    pub look_below_percent: u8,
    /// Of documents that are confirmed together this share is looked at first; 0: none.
    pub sample_percent: u8,
    /// Shortcuts in place of the commands' own: command id to keys, such as `Ctrl+Shift+F5`.
    pub keys: BTreeMap<String, String>,
    /// Who works here, for the audit trail; blank: the system's user.
    pub operator: String,
    /// Rules for single fields, named `kind.field`.
    pub field_rules: BTreeMap<String, FieldRule>,
    /// Every window opens in private mode.
    pub private: bool,
}

/// What is asked of one field.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct FieldRule {
    /// In place of [`Settings::look_below_percent`].
    pub look_below_percent: Option<u8>,
    /// A person enters it a second time without seeing the value.
    pub twice: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            language: None,
            theme: ThemeChoice::default(),
            scale_percent: 100,
            overlays: Overlays::default(),
            show_queue: true,
            show_form: true,
            show_unprinted: false,
            look_below_percent: 0,
            sample_percent: 0,
            keys: BTreeMap::new(),
            operator: String::new(),
            field_rules: BTreeMap::new(),
            private: false,
        }
    }
}

impl Settings {
    /// Where the settings lie; `None` where the system names no configuration folder.
    pub fn path() -> Option<PathBuf> {
        Some(directories::ProjectDirs::from("", "", "luru")?.config_dir().join("settings.json"))
    }

    /// The settings at `path`; the defaults where there are none yet.
    pub fn load(path: &Path) -> anyhow::Result<Self> {
        match std::fs::read_to_string(path) {
            Ok(text) => {
                let mut settings: Self = serde_json::from_str(&text).context("settings.json")?;
                settings.scale_percent = settings.scale_percent.clamp(SCALE.0, SCALE.1);
                settings.look_below_percent = settings.look_below_percent.min(100);
                settings.sample_percent = settings.sample_percent.min(100);
                Ok(settings)
            }
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(Self::default()),
            Err(e) => Err(e).context(path.display().to_string()),
        }
    }

    /// The settings that the window starts with, where they are to be saved, and what the operator should
    /// know. A file that cannot be read is renamed before anything is saved over it; where that does not
    /// work either, nothing is saved.
    pub fn at_start(path: Option<PathBuf>) -> (Self, Option<PathBuf>, Option<String>) {
        let Some(path) = path else { return (Self::default(), None, None) };
        let error = match Self::load(&path) {
            Ok(settings) => return (settings, Some(path), None),
            Err(error) => error,
        };
        let now = std::time::SystemTime::UNIX_EPOCH.elapsed().map_or(0, |time| time.as_millis());
        let aside = path.with_file_name(format!("settings.json.damaged-{now}"));
        match std::fs::rename(&path, &aside) {
            Ok(()) => {
                let trouble = format!(
                    "设置文件读不了，已改名保留，现用默认设置：{error:#} / the settings could not be read: the \
                     file was renamed and the defaults are in use: {error:#} ({})",
                    aside.display()
                );
                (Self::default(), Some(path), Some(trouble))
            }
            Err(e) => {
                let trouble = format!(
                    "设置文件读不了，也无法改名，本次的设置不会保存，请检查权限：{error:#}；{e} / the settings could \
                     not be read, nor the file renamed, so nothing is saved: check its permissions: {error:#}; {e} ({})",
                    path.display()
                );
                (Self::default(), None, Some(trouble))
            }
        }
    }

    /// Writes to a temporary name beside `path` and renames.
    pub fn save(&self, path: &Path) -> anyhow::Result<()> {
        let folder = path.parent().context("settings.json")?;
        std::fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        serde_json::to_writer_pretty(&mut file, self)?;
        file.persist(path).with_context(|| path.display().to_string())?;
        Ok(())
    }

    pub fn language(&self) -> Language {
        self.language.unwrap_or_else(Language::of_system)
    }

    /// [`Self::look_below_percent`] as a share.
    pub fn look_below(&self) -> f32 {
        f32::from(self.look_below_percent) / 100.0
    }

    /// Sets the rule for a field; one that asks for nothing of its own is dropped.
    pub fn set_rule(&mut self, name: String, rule: FieldRule) {
        if rule == FieldRule::default() {
            self.field_rules.remove(&name);
        } else {
            self.field_rules.insert(name, rule);
        }
    }

    /// The rules as the session takes them.
    pub fn rules(&self) -> FieldRules {
        let below = |(name, rule): (&String, &FieldRule)| {
            Some((name.clone(), f32::from(rule.look_below_percent?.min(100)) / 100.0))
        };
        let twice = self.field_rules.iter().filter(|(_, rule)| rule.twice).map(|(name, _)| name.clone());
        FieldRules { look_below: self.field_rules.iter().filter_map(below).collect(), twice: twice.collect() }
    }

    /// The next larger or smaller scale.
    pub fn scaled(&self, larger: bool) -> u16 {
        let (least, most, step) = SCALE;
        let next = if larger { self.scale_percent + step } else { self.scale_percent.saturating_sub(step) };
        next.clamp(least, most)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_survive_a_round_trip_and_old_files() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("new/settings.json");
        assert_eq!(Settings::load(&path).expect("no file yet"), Settings::default());
        let mine = Settings {
            language: Some(Language::En),
            theme: ThemeChoice::Dark,
            scale_percent: 150,
            ..Settings::default()
        };
        mine.save(&path).expect("writable");
        assert_eq!(Settings::load(&path).expect("just written"), mine);
        std::fs::write(&path, r#"{"scale_percent": 5000}"#).expect("writable");
        assert_eq!(Settings::load(&path).expect("known keys").scale_percent, SCALE.1);
        std::fs::write(&path, "{").expect("writable");
        assert!(Settings::load(&path).is_err());
    }

    #[test]
    fn a_damaged_file_is_kept_under_another_name() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("settings.json");
        std::fs::write(&path, "{\"keys\":").expect("writable");
        let (settings, save_to, trouble) = Settings::at_start(Some(path.clone()));
        assert_eq!(settings, Settings::default());
        assert!(trouble.is_some());
        settings.save(&save_to.expect("a free name")).expect("writable");
        let kept = std::fs::read_dir(folder.path()).expect("readable").flatten().map(|e| e.path());
        let kept: Vec<_> = kept.filter(|p| *p != path).collect();
        let [kept] = kept.as_slice() else { panic!("{kept:?}") };
        assert_eq!(std::fs::read_to_string(kept).expect("readable"), "{\"keys\":");
        assert!(Settings::at_start(Some(path)).2.is_none());
    }
}
