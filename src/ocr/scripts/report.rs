//! What is missing on this machine for a script, in words: on pages and for `luru doctor`.

use std::{path::PathBuf, sync::atomic::AtomicBool};

use image::RgbImage;

use super::table::{Pack, SCRIPTS, Script, VIETNAMESE};
use crate::{
    components,
    ocr::tesseract::{Tesseract, TesseractError},
};

/// No installed pack reads the lines: the notice for the page, if one that is missing could.
pub fn unknown_script(
    tesseract: &Tesseract,
    crops: &[RgbImage],
    count: usize,
    cancel: &AtomicBool,
) -> Result<Option<String>, TesseractError> {
    let detected = tesseract.script_of(&crops.iter().collect::<Vec<_>>(), cancel)?;
    let detected = |script: &&Script| detected.as_deref().is_some_and(|d| script.detected_as.contains(&d));
    if let Some(script) = SCRIPTS.iter().find(detected) {
        let missing = script.packs.iter().all(|p| !tesseract.has(p.name));
        return Ok(missing.then(|| pack_missing(Some(tesseract), script)));
    }
    let missing: Vec<&Script> = SCRIPTS
        .iter()
        .filter(|s| s.wanted().next().is_some_and(|_| s.wanted().all(|p| !tesseract.has(p.name))))
        .collect();
    if missing.is_empty() {
        return Ok(None);
    }
    let names = |name: fn(&Script) -> &str, between: &str| {
        missing.iter().map(|s| name(s)).collect::<Vec<_>>().join(between)
    };
    let command = install(missing.iter().filter_map(|s| s.wanted().next()));
    Ok(Some(format!(
        "有 {count} 行文字未能识别，可能是尚未安装的文字（{}），请安装 / {count} lines could not be read and may be in a script that is not installed ({}), install it: {command}",
        names(|s| s.zh, "、"),
        names(|s| s.en, ", "),
    )))
}

pub fn pack_missing(tesseract: Option<&Tesseract>, script: &Script) -> String {
    let packs = script.packs.iter().take(1);
    let command = if tesseract.is_some() { install(packs) } else { install_with_program(packs) };
    format!(
        "本页有{}，缺少其识别组件，请安装 / this page holds {} text, whose language pack is missing, install it: {command}",
        script.zh, script.en
    )
}

pub fn program_missing(count: usize) -> String {
    let command = install_with_program(SCRIPTS.iter().filter_map(|s| s.wanted().next()));
    format!(
        "有 {count} 行文字未能识别，可能不是中文、日文或拉丁字母，需安装 Tesseract 及相应语言包，例如 / {count} lines could not be read and may be neither Chinese, Japanese nor Latin, install Tesseract and the packs of their languages, such as: {command}"
    )
}

/// The command that installs packs on Debian and Ubuntu; elsewhere their names tell what to look for.
fn install<'a>(packs: impl Iterator<Item = &'a Pack>) -> String {
    let packages: Vec<String> = packs.map(Pack::package).collect();
    format!("sudo apt install {}", packages.join(" "))
}

fn install_with_program<'a>(packs: impl Iterator<Item = &'a Pack>) -> String {
    install(packs).replacen("install ", "install tesseract-ocr ", 1)
}

/// Whether a script can be read on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScriptReport {
    pub zh: &'static str,
    pub en: &'static str,
    /// Installed packs, by Tesseract's names.
    pub installed: Vec<&'static str>,
    /// The command that installs what is missing, if anything that Luru recommends is.
    pub remedy: Option<String>,
}

/// What Tesseract can read here beside the network's own scripts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TesseractReport {
    pub program: Option<PathBuf>,
    pub scripts: Vec<ScriptReport>,
}

/// Looks which of the scripts that the network cannot read Tesseract can: for `luru doctor`.
pub fn report_scripts() -> Result<TesseractReport, String> {
    let program = components::tesseract();
    let asked = program.as_deref().map(|p| Tesseract::at(p, &AtomicBool::new(false))).transpose();
    let tesseract = asked.map_err(|e| e.to_string())?;
    let has = |pack: &&Pack| tesseract.as_ref().is_some_and(|t| t.has(pack.name));
    let scripts = SCRIPTS.iter().chain([&VIETNAMESE]).filter_map(|script| {
        let missing: Vec<&Pack> = script.wanted().filter(|p| !has(p)).collect();
        let installed: Vec<&'static str> = script.packs.iter().filter(has).map(|p| p.name).collect();
        let remedy = match &tesseract {
            _ if missing.is_empty() => None,
            Some(_) => Some(install(missing.into_iter())),
            None => Some(install_with_program(missing.into_iter())),
        };
        let report = ScriptReport { zh: script.zh, en: script.en, installed, remedy };
        (report.remedy.is_some() || !report.installed.is_empty()).then_some(report)
    });
    Ok(TesseractReport { scripts: scripts.collect(), program })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notices_name_the_script_and_the_command() {
        let thai = SCRIPTS.iter().find(|s| s.en == "Thai").expect("a known script");
        let notice = pack_missing(None, thai);
        assert!(notice.contains("泰文") && notice.contains("Thai text"));
        assert!(notice.ends_with("sudo apt install tesseract-ocr tesseract-ocr-tha"));
        assert!(program_missing(7).contains("tesseract-ocr-rus tesseract-ocr-ara"));
    }
}
