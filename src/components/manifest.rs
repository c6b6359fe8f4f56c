//! `models/manifest.toml`: which wheel of which version holds each component, for each target.

use std::sync::LazyLock;

use serde::Deserialize;

use super::ComponentsError;

/// The manifest as compiled in.
const TEXT: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/models/manifest.toml"));

/// Target of wheels that fit every machine.
const ANY: &str = "any";

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    #[serde(rename = "component")]
    pub components: Vec<Component>,
}

/// What one wheel package gives.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Component {
    pub id: String,
    /// As its makers call it.
    pub name: String,
    /// Name of the wheel package.
    pub package: String,
    pub version: String,
    pub licence: String,
    /// Where its source is published.
    pub origin: String,
    /// Texts in the wheel to keep: files, or folders ending in `/`.
    pub licences: Vec<String>,
    #[serde(rename = "wheel")]
    pub wheels: Vec<Wheel>,
}

/// The wheel of one target.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wheel {
    /// `<architecture>-<system>` as in [`std::env::consts`], or `any`.
    pub target: String,
    pub python_version: String,
    /// Platform tag for pip.
    pub platform: String,
    /// File name.
    pub wheel: String,
    /// Bytes.
    pub size: u64,
    pub sha256: String,
    #[serde(rename = "file")]
    pub files: Vec<WheelFile>,
}

/// A file that is unpacked from a wheel.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WheelFile {
    pub role: Role,
    /// In the wheel; the last part is its name when unpacked.
    pub path: String,
    /// Bytes.
    pub size: u64,
    pub sha256: String,
}

/// What a file is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    OnnxRuntime,
    /// A library that the runtime loads from beside itself; there may be several.
    OnnxRuntimePart,
    Pdfium,
    Detection,
    Recognition,
    LineDirection,
}

impl Manifest {
    /// The program's own manifest.
    pub fn built_in() -> Result<&'static Self, ComponentsError> {
        static BUILT_IN: LazyLock<Result<Manifest, String>> =
            LazyLock::new(|| toml::from_str(TEXT).map_err(|e| e.to_string()));
        BUILT_IN.as_ref().map_err(|e| ComponentsError::Manifest(e.clone()))
    }

    /// The file with `role` for the machine that this program was built for.
    pub fn file(&self, role: Role) -> Result<&WheelFile, ComponentsError> {
        self.files(role).next().ok_or_else(|| ComponentsError::UnsupportedPlatform {
            name: format!("{role:?}"),
            target: this_target(),
        })
    }

    /// The files with `role` for the machine that this program was built for.
    pub fn files(&self, role: Role) -> impl Iterator<Item = &WheelFile> {
        self.components
            .iter()
            .filter_map(Component::wheel)
            .flat_map(|w| &w.files)
            .filter(move |f| f.role == role)
    }
}

impl Component {
    /// The wheel for the machine that this program was built for; `None` where none is needed.
    pub fn wheel(&self) -> Option<&Wheel> {
        let target = this_target();
        self.wheels.iter().find(|w| w.fits(&target))
    }

    /// Whether the wheel's entry `path` is one of the licence texts to keep.
    pub fn is_licence(&self, path: &str) -> bool {
        self.licences.iter().any(|l| l == path || (l.ends_with('/') && path.starts_with(l.as_str())))
    }
}

impl Wheel {
    fn fits(&self, target: &str) -> bool {
        self.target == ANY || self.target == target
    }
}

impl WheelFile {
    /// Its name when unpacked.
    pub fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }
}

/// `<architecture>-<system>` of this build.
pub fn this_target() -> String {
    format!("{}-{}", std::env::consts::ARCH, std::env::consts::OS)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_entry_of_the_manifest_is_complete() {
        let manifest = Manifest::built_in().expect("the built-in manifest parses");
        let is_hash =
            |s: &str| s.len() == 64 && s.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        for component in &manifest.components {
            let mut targets = HashSet::new();
            for wheel in &component.wheels {
                assert!(targets.insert(&wheel.target), "{} has {} twice", component.id, wheel.target);
                assert!(is_hash(&wheel.sha256) && wheel.size > 0, "{}", wheel.wheel);
                let prefix = format!("{}-{}-", component.package.replace('-', "_"), component.version);
                assert!(wheel.wheel.starts_with(&prefix), "{} is not of {prefix}", wheel.wheel);
                for file in &wheel.files {
                    assert!(is_hash(&file.sha256) && file.size > 0, "{}", file.path);
                    assert!(!file.name().is_empty() && !file.path.contains(".."), "{}", file.path);
                }
            }
            assert!(!component.licences.is_empty() && !component.licence.is_empty(), "{}", component.id);
        }
    }

    #[test]
    fn every_target_has_each_role_once() {
        let manifest = Manifest::built_in().expect("the built-in manifest parses");
        for target in ["x86_64-linux", "aarch64-linux", "x86_64-windows", "aarch64-macos"] {
            let files: Vec<_> = manifest
                .components
                .iter()
                .flat_map(|c| &c.wheels)
                .filter(|w| w.fits(target))
                .flat_map(|w| &w.files)
                .collect();
            let names: HashSet<_> = files.iter().map(|f| f.name()).collect();
            assert_eq!(names.len(), files.len(), "{target}");
            let single: Vec<_> =
                files.iter().map(|f| f.role).filter(|&r| r != Role::OnnxRuntimePart).collect();
            let roles: HashSet<_> = single.iter().collect();
            assert_eq!((single.len(), roles.len()), (5, 5), "{target}");
        }
    }
}
