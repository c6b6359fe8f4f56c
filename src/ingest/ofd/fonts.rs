//! Outlines of characters: from the fonts in the package, else from a like font of the system.
//!
//! What is read from a page does not depend on this: without a font, text is in the text layer but
//! not on the picture.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use skrifa::{
    FontRef, GlyphId, MetadataProvider,
    instance::{LocationRef, Size},
    outline::{DrawSettings, OutlinePen},
};
use vello_cpu::kurbo::BezPath;

/// Families of the system for fonts that are not embedded, best first, for names that contain one
/// of the words; the last row serves all others.
const LIKE: [(&[&str], &[&str]); 3] = [
    (
        &["黑", "圆", "雅", "Hei", "Gothic", "Arial", "Sans", "Helvetica"],
        &["Noto Sans CJK SC", "Source Han Sans SC", "SimHei", "PingFang SC", "Microsoft YaHei", "Heiti SC"],
    ),
    (
        &["Courier", "Mono", "Consolas"],
        &["Courier New", "Liberation Mono", "DejaVu Sans Mono", "Noto Sans Mono CJK SC"],
    ),
    (&[""], &["Noto Serif CJK SC", "Source Han Serif SC", "SimSun", "Songti SC", "STSong", "KaiTi"]),
];
/// Families for characters that the first choice does not have.
const FALLBACK: [&str; 10] = [
    "Noto Serif CJK SC",
    "Noto Sans CJK SC",
    "SimSun",
    "Microsoft YaHei",
    "PingFang SC",
    "Songti SC",
    "WenQuanYi Zen Hei",
    "WenQuanYi Micro Hei",
    "Droid Sans Fallback",
    "DejaVu Sans",
];

/// A font as the package's resources declare it.
#[derive(Debug, Clone, Default)]
pub(super) struct Declared {
    pub name: String,
    pub family: String,
    pub bold: bool,
    /// Path of the embedded file.
    pub file: Option<String>,
}

/// One face in memory.
#[derive(Clone)]
pub(super) struct Face {
    data: Arc<Vec<u8>>,
    index: u32,
}

impl Face {
    /// An embedded font; `None` if it is none that can be read.
    pub fn embedded(data: Vec<u8>) -> Option<Self> {
        FontRef::from_index(&data, 0).ok()?;
        Some(Self { data: Arc::new(data), index: 0 })
    }

    /// The outline of a glyph or, without one, of a character, in ems, y up; `None` if the font
    /// has neither. Characters without ink have an empty outline.
    pub fn outline(&self, char: char, glyph: Option<u32>) -> Option<BezPath> {
        let font = FontRef::from_index(&self.data, self.index).ok()?;
        let glyph = glyph.map(GlyphId::new).or_else(|| font.charmap().map(char))?;
        let outline = font.outline_glyphs().get(glyph)?;
        let mut pen = Pen(BezPath::new());
        outline.draw(DrawSettings::unhinted(Size::new(1.0), LocationRef::default()), &mut pen).ok()?;
        Some(pen.0)
    }
}

struct Pen(BezPath);

impl OutlinePen for Pen {
    fn move_to(&mut self, x: f32, y: f32) {
        self.0.move_to((x, y));
    }

    fn line_to(&mut self, x: f32, y: f32) {
        self.0.line_to((x, y));
    }

    fn quad_to(&mut self, cx0: f32, cy0: f32, x: f32, y: f32) {
        self.0.quad_to((cx0, cy0), (x, y));
    }

    fn curve_to(&mut self, cx0: f32, cy0: f32, cx1: f32, cy1: f32, x: f32, y: f32) {
        self.0.curve_to((cx0, cy0), (cx1, cy1), (x, y));
    }

    fn close(&mut self) {
        self.0.close_path();
    }
}

/// Embedded fonts of a file that are kept take up to this many bytes, and one font more. A font of all
/// characters in use has some 20 MB.
const MAX_EMBEDDED_BYTES: usize = 256 << 20;

/// The faces of one file's fonts.
#[derive(Default)]
pub(super) struct Fonts {
    /// Bytes of the embedded fonts that are kept.
    embedded_bytes: usize,
    /// First choice by the ID of the declared font.
    faces: HashMap<String, Option<Face>>,
    outlines: HashMap<(String, char, Option<u32>), Option<Arc<BezPath>>>,
}

impl Fonts {
    /// The outline of a character of the font `id`, see [`Face::outline`]; `embedded` reads the
    /// font's own file at the first call.
    pub fn outline(
        &mut self,
        id: &str,
        declared: &Declared,
        embedded: impl FnOnce(&str) -> Option<Face>,
        char: char,
        glyph: Option<u32>,
    ) -> Option<Arc<BezPath>> {
        let key = (id.to_owned(), char, glyph);
        if let Some(known) = self.outlines.get(&key) {
            return known.clone();
        }
        let held = &mut self.embedded_bytes;
        let face = self.faces.entry(id.to_owned()).or_insert_with(|| {
            let file = declared.file.as_deref().filter(|_| *held <= MAX_EMBEDDED_BYTES);
            let own = file.and_then(embedded);
            *held += own.as_ref().map_or(0, |face| face.data.len());
            own.or_else(|| like(declared))
        });
        // Glyph numbers mean something in the embedded font alone.
        let own_glyph = glyph.filter(|_| declared.file.is_some());
        let own = face.as_ref().and_then(|f| f.outline(char, own_glyph));
        let others = || FALLBACK.iter().filter_map(|f| family(f, false)).find_map(|f| f.outline(char, None));
        let outline = own.or_else(others).map(Arc::new);
        self.outlines.insert(key, outline.clone());
        outline
    }
}

/// The system's fonts, listed once a process.
fn system() -> &'static fontdb::Database {
    static SYSTEM: OnceLock<fontdb::Database> = OnceLock::new();
    SYSTEM.get_or_init(|| {
        let mut fonts = fontdb::Database::new();
        fonts.load_system_fonts();
        fonts
    })
}

/// The face of the system that comes nearest to a font that is not embedded.
fn like(declared: &Declared) -> Option<Face> {
    let named = [declared.name.as_str(), declared.family.as_str()];
    let alike = LIKE.iter().find(|(words, _)| words.iter().any(|w| named.iter().any(|n| n.contains(w))));
    let families =
        named.into_iter().chain(alike.into_iter().flat_map(|(_, families)| families.iter().copied()));
    families.filter(|f| !f.is_empty()).find_map(|f| family(f, declared.bold))
}

/// A face of the system by its family; each is read once a process, since such files are large.
fn family(name: &str, bold: bool) -> Option<Face> {
    static READ: Mutex<BTreeMap<fontdb::ID, Face>> = Mutex::new(BTreeMap::new());
    let fonts = system();
    let weight = if bold { fontdb::Weight::BOLD } else { fontdb::Weight::NORMAL };
    let query = fontdb::Query { families: &[fontdb::Family::Name(name)], weight, ..Default::default() };
    let id = fonts.query(&query)?;
    let mut read = READ.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(face) = read.get(&id) {
        return Some(face.clone());
    }
    let face = fonts.with_face_data(id, |data, index| Face { data: Arc::new(data.to_vec()), index })?;
    read.insert(id, face.clone());
    Some(face)
}
