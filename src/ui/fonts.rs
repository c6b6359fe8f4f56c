//! Finds a CJK sans face among the system's fonts and gives it to egui.
//!
//! Searching may take a while on a machine with many fonts, so it runs on a thread of its own.
//! The program ships no CJK font: without one the window speaks English and says what to install.

use std::sync::{Arc, mpsc};

use eframe::egui::{self, FontData, FontDefinitions, FontFamily};

/// Families in order of preference, as the fonts name themselves.
const FAMILIES: [&str; 17] = [
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "Source Han Sans CN",
    "思源黑体",
    "PingFang SC",
    "Microsoft YaHei UI",
    "Microsoft YaHei",
    "微软雅黑",
    "HarmonyOS Sans SC",
    "Sarasa UI SC",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "Hiragino Sans GB",
    "STHeiti",
    "Droid Sans Fallback",
    "SimHei",
];

/// A face that can show Chinese.
pub struct CjkFace {
    pub family: String,
    data: Arc<dyn AsRef<[u8]> + Send + Sync>,
    /// Which face of a collection file.
    index: u32,
}

/// Whether Chinese can be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CjkFont {
    /// The search is still running.
    Searching,
    Loaded,
    /// The system has none.
    Missing,
}

/// Searches the system's fonts; reads the whole file of the face it settles on.
pub fn find() -> Option<CjkFace> {
    let mut fonts = fontdb::Database::new();
    fonts.load_system_fonts();
    let wanted = |name: &str| FAMILIES.iter().position(|f| f.eq_ignore_ascii_case(name));
    // Best family first, then upright, then the weight nearest to regular.
    let best = fonts
        .faces()
        .filter_map(|face| {
            let rank = face.families.iter().filter_map(|(name, _)| wanted(name)).min()?;
            let slanted = face.style != fontdb::Style::Normal;
            Some(((rank, slanted, face.weight.0.abs_diff(400)), face))
        })
        .min_by_key(|(key, _)| *key)
        .map(|(_, face)| face)?;
    let family = best.families.first().map(|(name, _)| name.clone()).unwrap_or_default();
    let index = best.index;
    let data = fonts.with_face_data(best.id, |bytes, _| bytes.to_vec())?;
    Some(CjkFace { family, data: Arc::new(data), index })
}

/// Starts [`find`] on a thread; `repaint` is called when the result can be received.
pub fn search(repaint: impl FnOnce() + Send + 'static) -> mpsc::Receiver<Option<CjkFace>> {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        // The window may be closed by now; then nobody waits for the face.
        if sender.send(find()).is_ok() {
            repaint();
        }
    });
    receiver
}

/// Makes `face` the first choice for text and the fallback for code, before egui's own faces.
pub fn install(ctx: &egui::Context, face: CjkFace) {
    let mut fonts = FontDefinitions::default();
    fonts.font_data.insert(face.family.clone(), Arc::new(FontData::from_blob(face.data, face.index)));
    fonts.families.entry(FontFamily::Proportional).or_default().insert(0, face.family.clone());
    fonts.families.entry(FontFamily::Monospace).or_default().push(face.family);
    ctx.set_fonts(fonts);
}
