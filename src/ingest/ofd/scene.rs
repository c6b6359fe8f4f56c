//! Draws a page's objects and collects its text.

use std::collections::HashSet;

use vello_cpu::kurbo::{Affine, Rect};

use super::{
    canvas::Canvas,
    document::{Document, PageEntry, Resources, page_area, resources},
    fonts::{Declared, Face, Fonts},
    objects::{Content, Object, Rgba, Style, Text, child, children, objects, rect},
    package::{Package, damaged, parse, resolve},
    path, text,
};
use crate::ingest::{FileFormat, IngestError, MAX_PIXELS, decode_image_bytes, sniff_bytes};

/// Objects beyond this many on a page are left out; drawings of a form have some thousand.
const MAX_OBJECTS: usize = 100_000;
/// Characters beyond this many are left out, as in PDFs.
const MAX_CHARACTERS: usize = 100_000;
/// Pictures and fonts of a page inflate to this many bytes together: some pages of uncompressed 600 dpi
/// colour (see [`super::package`]).
const MAX_BYTES: u64 = 512 << 20;
/// A picture that cannot be decoded is taken for one of this many pixels: what its decoder went through before
/// it gave up is not known. Reasoned: 64 of them, and no more are tried.
const FAILED_PIXELS: u64 = MAX_PIXELS / 64;
/// Drawings within drawings deeper than this are left out.
const MAX_DEPTH: usize = 8;
/// Drawing parameters that refer to others are followed this far.
const MAX_STYLES: usize = 8;
/// Lines without a stated width, in millimetres (GB/T 33190-2016, 8.2).
const LINE_WIDTH: f64 = 0.353;

const BLACK: Rgba = [0, 0, 0, 255];

/// A page's parts, read but not drawn.
pub(super) struct Page {
    /// The paper in millimetres.
    pub area: Rect,
    /// What is drawn, in order: the templates behind it, its content, the templates before it.
    objects: Vec<Object>,
    /// Resources of this page alone.
    resources: Resources,
    pub notices: Vec<String>,
}

impl Page {
    /// Reads a page with its templates and annotations.
    pub fn read(package: &mut Package, document: &Document, entry: &PageEntry) -> Result<Self, IngestError> {
        let xml = package.read_xml(&entry.path)?;
        let tree = parse(&xml, &entry.path)?;
        let root = tree.root_element();
        let mut page = Self {
            area: page_area(root).unwrap_or(document.page_box),
            objects: Vec::new(),
            resources: Resources::default(),
            notices: document.notices.clone(),
        };
        for location in children(root, "PageRes").filter_map(|n| n.text()) {
            let read = resources(package, &resolve(&entry.path, location), &mut page.resources);
            page.notices.extend(read.err().map(|e| e.to_string()));
        }
        let templates: Vec<_> = children(root, "Template").collect();
        let in_front = |t: &roxmltree::Node| t.attribute("ZOrder") == Some("Foreground");
        for template in templates.iter().filter(|t| !in_front(t)) {
            page.add_template(package, document, template.attribute("TemplateID"));
        }
        page.objects.extend(child(root, "Content").map(objects).unwrap_or_default());
        for template in templates.iter().filter(|t| in_front(t)) {
            page.add_template(package, document, template.attribute("TemplateID"));
        }
        if let Some(path) = document.annotations.get(&entry.id) {
            let read = annotations(package, path).map(|found| page.objects.extend(found));
            page.notices.extend(read.err().map(|e| e.to_string()));
        }
        Ok(page)
    }

    fn add_template(&mut self, package: &mut Package, document: &Document, id: Option<&str>) {
        let Some(path) = id.and_then(|id| document.templates.get(id)) else { return };
        let read = package.read_xml(path).and_then(|xml| {
            let tree = parse(&xml, path)?;
            self.objects.extend(child(tree.root_element(), "Content").map(objects).unwrap_or_default());
            Ok(())
        });
        // A page without its printed form is still a page.
        self.notices.extend(read.err().map(|e| e.to_string()));
    }
}

/// The appearances of a page's annotations; each has coordinates of its own.
fn annotations(package: &mut Package, path: &str) -> Result<Vec<Object>, IngestError> {
    let xml = package.read_xml(path)?;
    let tree = parse(&xml, path)?;
    let mut found = Vec::new();
    for annotation in children(tree.root_element(), "Annot") {
        if annotation.attribute("Visible") == Some("false") {
            continue;
        }
        let Some(appearance) = child(annotation, "Appearance") else { continue };
        let origin = appearance.attribute("Boundary").and_then(rect).unwrap_or_default().origin();
        found.extend(objects(appearance).into_iter().map(|mut object| {
            object.transform = Affine::translate(origin.to_vec2()) * object.transform;
            object.boundary = object.boundary + origin.to_vec2();
            object
        }));
    }
    Ok(found)
}

/// Draws objects of one document.
pub(super) struct Scene<'a> {
    pub package: &'a mut Package,
    pub document: &'a Document,
    pub fonts: &'a mut Fonts,
    pub canvas: &'a mut Canvas,
    /// Text goes here too; `None` where it belongs to a stamp's picture.
    pub layer: Option<&'a mut text::Layer>,
    /// What is left of the limits.
    pub budget: Budget,
    /// Paths of pictures that cannot be drawn: they are not tried again.
    pub failed: HashSet<String>,
    pub notices: Vec<String>,
}

/// How much may still be drawn.
#[derive(Clone, Copy)]
pub(super) struct Budget {
    objects: usize,
    characters: usize,
    pixels: u64,
    bytes: u64,
}

impl Default for Budget {
    fn default() -> Self {
        Self { objects: MAX_OBJECTS, characters: MAX_CHARACTERS, pixels: MAX_PIXELS, bytes: MAX_BYTES }
    }
}

impl Scene<'_> {
    /// Draws a page; `to_pixels` takes its millimetres to pixels.
    pub fn draw_page(&mut self, page: &Page, to_pixels: Affine) {
        self.draw(&page.objects, &page.resources, to_pixels, 255, 0);
        if self.budget.objects == 0 || self.budget.characters == 0 || self.canvas.is_full() {
            self.note("页面内容过多，未全部读取 / the page holds too much, not all of it was read".into());
        }
    }

    fn note(&mut self, notice: String) {
        if !self.notices.contains(&notice) {
            self.notices.push(notice);
        }
    }

    fn draw(&mut self, objects: &[Object], own: &Resources, to_pixels: Affine, alpha: u8, depth: usize) {
        for object in objects {
            if self.budget.objects == 0 {
                return;
            }
            self.budget.objects -= 1;
            let alpha = (u16::from(object.alpha) * u16::from(alpha) / 255) as u8;
            if alpha == 0 {
                continue;
            }
            let transform = to_pixels * object.transform;
            match &object.content {
                Content::Text(text) => {
                    let style = self.style(&object.style, own);
                    self.text(text, &style, own, transform, alpha);
                }
                Content::Path { data, even_odd } => {
                    let style = self.style(&object.style, own);
                    let outline = path::parse(data);
                    if style.fill == Some(true) {
                        let color = faded(style.fill_color.unwrap_or([0; 4]), alpha);
                        self.canvas.fill(&outline, transform, color, *even_odd);
                    }
                    if style.stroke != Some(false) {
                        let color = faded(style.stroke_color.unwrap_or(BLACK), alpha);
                        self.canvas.stroke(
                            &outline,
                            transform,
                            color,
                            style.line_width.unwrap_or(LINE_WIDTH),
                        );
                    }
                }
                Content::Image(id) => {
                    let size = object.boundary.size();
                    let fill = Affine::translate(object.boundary.origin().to_vec2())
                        * Affine::scale_non_uniform(size.width, size.height);
                    let transform = if object.has_ctm { transform } else { to_pixels * fill };
                    let path = own.media.get(id).or_else(|| self.document.resources.media.get(id)).cloned();
                    let Some(path) = path.filter(|p| !self.failed.contains(p)) else { continue };
                    if let Err(e) = self.picture_at(&path, transform, alpha) {
                        self.note(e.to_string());
                        self.failed.insert(path);
                    }
                }
                Content::Composite(id) if depth < MAX_DEPTH => {
                    let document = self.document;
                    let unit = own.composites.get(id).or_else(|| document.resources.composites.get(id));
                    if let Some(objects) = unit {
                        self.draw(objects, own, transform, alpha, depth + 1);
                    }
                }
                Content::Composite(_) => {}
            }
        }
    }

    /// Whether pictures may still be drawn; says so where they may not.
    fn has_room(&mut self) -> bool {
        let has = self.budget.pixels > 0 && self.budget.bytes > 0;
        if !has {
            self.note("页面图像过多，未全部绘制 / the page has too many pictures, not all were drawn".into());
        }
        has
    }

    /// [`Self::picture`] of a part of the package.
    fn picture_at(&mut self, path: &str, transform: Affine, alpha: u8) -> Result<(), IngestError> {
        if !self.has_room() {
            return Ok(());
        }
        let before = self.package.inflated;
        let bytes = self.package.read(path);
        self.budget.bytes = self.budget.bytes.saturating_sub(self.package.inflated - before);
        self.picture(bytes?, transform, alpha)
    }

    /// Draws a picture file over the unit square of `transform`.
    pub fn picture(&mut self, bytes: Vec<u8>, transform: Affine, alpha: u8) -> Result<(), IngestError> {
        if !self.has_room() {
            return Ok(());
        }
        // A package is no picture; it could hold itself.
        if matches!(sniff_bytes(&bytes), Some(FileFormat::Ofd)) {
            return Err(IngestError::UnknownFormat);
        }
        let decoded = decode_image_bytes(bytes);
        let pixels = decoded
            .as_ref()
            .map_or(FAILED_PIXELS, |page| u64::from(page.image.width()) * u64::from(page.image.height()));
        self.budget.pixels = self.budget.pixels.saturating_sub(pixels);
        self.canvas.picture(decoded?.image, transform, alpha)
    }

    /// An object's style with what its drawing parameters add.
    fn style(&self, style: &Style, own: &Resources) -> Style {
        let mut all = style.clone();
        let mut next = style.draw_param.as_ref();
        for _ in 0..MAX_STYLES {
            let params = next.and_then(|id| {
                own.draw_params.get(id).or_else(|| self.document.resources.draw_params.get(id))
            });
            let Some(params) = params else { break };
            all.fill_color = all.fill_color.or(params.fill_color);
            all.stroke_color = all.stroke_color.or(params.stroke_color);
            all.line_width = all.line_width.or(params.line_width);
            next = params.draw_param.as_ref();
        }
        all
    }

    fn text(&mut self, text: &Text, style: &Style, own: &Resources, transform: Affine, alpha: u8) {
        let document = self.document;
        let plain = Declared::default();
        let declared =
            own.fonts.get(&text.font).or_else(|| document.resources.fonts.get(&text.font)).unwrap_or(&plain);
        let color = faded(style.fill_color.unwrap_or(BLACK), alpha);
        let filled = style.fill != Some(false);
        let mut start = vello_cpu::kurbo::Point::ORIGIN;
        for code in &text.codes {
            let mut placed = text::place(text, code, &mut start);
            placed.truncate(self.budget.characters);
            self.budget.characters -= placed.len();
            if filled && color[3] == 0 && style.stroke != Some(true) {
                continue;
            }
            if let Some(layer) = self.layer.as_deref_mut() {
                layer.add(text, &placed, transform);
            }
            for one in placed.iter().filter(|p| !p.char.is_whitespace()) {
                let (package, room) = (&mut *self.package, &mut self.budget.bytes);
                let mut unreadable = None;
                let embedded = |path: &str| {
                    let face = embedded_face(package, path, room);
                    face.map_err(|e| unreadable = Some(e)).ok()
                };
                let outline = self.fonts.outline(&text.font, declared, embedded, one.char, one.glyph);
                if let Some(e) = unreadable {
                    self.note(format!(
                        "内嵌字体读不了，画面改用系统字体 / an embedded font cannot be read, the picture shows \
                         a font of the system instead: {e}"
                    ));
                }
                let Some(outline) = outline else { continue };
                let at = transform
                    * Affine::translate(one.origin.to_vec2())
                    * text::turn(text)
                    * Affine::scale_non_uniform(text.size * text.horizontal_scale, -text.size);
                if filled {
                    self.canvas.fill(&outline, at, color, false);
                }
                if style.stroke == Some(true) {
                    let color = faded(style.stroke_color.unwrap_or(BLACK), alpha);
                    let width = style.line_width.unwrap_or(LINE_WIDTH) / text.size;
                    self.canvas.stroke(&outline, at, color, width);
                }
            }
        }
    }
}

/// A font in the package; `room` is what may still be inflated.
fn embedded_face(package: &mut Package, path: &str, room: &mut u64) -> Result<Face, IngestError> {
    if *room == 0 {
        return Err(damaged(format!("过大 / too large: {path}")));
    }
    let before = package.inflated;
    let data = package.read(path);
    *room = room.saturating_sub(package.inflated - before);
    Face::embedded(data?).ok_or_else(|| damaged(format!("字体格式 / font format: {path}")))
}

fn faded([r, g, b, a]: Rgba, alpha: u8) -> Rgba {
    [r, g, b, (u16::from(a) * u16::from(alpha) / 255) as u8]
}
