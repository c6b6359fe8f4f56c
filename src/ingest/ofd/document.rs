//! The tree of an OFD package: documents, pages, templates, resources, annotations, stamps.

use std::collections::HashMap;

use vello_cpu::kurbo::Rect;

use super::{
    fonts::Declared,
    objects::{Object, Style, child, children, objects, rect, style, text_of},
    package::{Package, ROOT, damaged, parse, resolve},
    stamps::{self, Stamp},
};
use crate::ingest::IngestError;

/// Paper without a stated size is A4.
const A4: Rect = Rect::new(0.0, 0.0, 210.0, 297.0);

/// What pages refer to by ID.
#[derive(Default)]
pub(super) struct Resources {
    pub fonts: HashMap<String, Declared>,
    /// Paths of pictures.
    pub media: HashMap<String, String>,
    pub draw_params: HashMap<String, Style>,
    pub composites: HashMap<String, Vec<Object>>,
}

/// One document of the package; nearly always the only one.
pub(super) struct Document {
    pub resources: Resources,
    /// Paths of template pages by ID.
    pub templates: HashMap<String, String>,
    pub pages: Vec<PageEntry>,
    /// The pages' box where they state none, in millimetres.
    pub page_box: Rect,
    /// Paths of annotations by their page's ID.
    pub annotations: HashMap<String, String>,
    pub stamps: Vec<Stamp>,
    /// What could not be read, for the user.
    pub notices: Vec<String>,
}

pub(super) struct PageEntry {
    pub id: String,
    pub path: String,
}

/// Reads all documents of the package without their pages' contents.
pub(super) fn documents(package: &mut Package) -> Result<Vec<Document>, IngestError> {
    let xml = package.read_xml(ROOT)?;
    let tree = parse(&xml, ROOT)?;
    let mut documents = Vec::new();
    for body in children(tree.root_element(), "DocBody") {
        let Some(root) = text_of(body, "DocRoot") else { continue };
        let mut document = document(package, &resolve(ROOT, root))?;
        if let Some(signatures) = text_of(body, "Signatures") {
            match stamps::read(package, &resolve(ROOT, signatures)) {
                Ok(stamps) => document.stamps = stamps,
                Err(e) => document.notices.push(e.to_string()),
            }
        }
        documents.push(document);
    }
    if documents.is_empty() {
        return Err(damaged("没有文档 / it names no document"));
    }
    Ok(documents)
}

fn document(package: &mut Package, path: &str) -> Result<Document, IngestError> {
    let xml = package.read_xml(path)?;
    let tree = parse(&xml, path)?;
    let root = tree.root_element();
    let mut document = Document {
        resources: Resources::default(),
        templates: HashMap::new(),
        pages: Vec::new(),
        page_box: A4,
        annotations: HashMap::new(),
        stamps: Vec::new(),
        notices: Vec::new(),
    };
    if let Some(common) = child(root, "CommonData") {
        document.page_box = page_area(common).unwrap_or(A4);
        for template in children(common, "TemplatePage") {
            if let (Some(id), Some(location)) = (template.attribute("ID"), template.attribute("BaseLoc")) {
                document.templates.insert(id.to_owned(), resolve(path, location));
            }
        }
        for name in ["PublicRes", "DocumentRes"] {
            for location in children(common, name).filter_map(|n| n.text()) {
                // Missing resources cost what refers to them, not the text of the page.
                if let Err(e) = resources(package, &resolve(path, location), &mut document.resources) {
                    document.notices.push(e.to_string());
                }
            }
        }
    }
    for page in child(root, "Pages").into_iter().flat_map(|pages| children(pages, "Page")) {
        if let Some(location) = page.attribute("BaseLoc") {
            let id = page.attribute("ID").unwrap_or_default().to_owned();
            document.pages.push(PageEntry { id, path: resolve(path, location) });
        }
    }
    if let Some(location) = text_of(root, "Annotations") {
        match annotations(package, &resolve(path, location)) {
            Ok(annotations) => document.annotations = annotations,
            Err(e) => document.notices.push(e.to_string()),
        }
    }
    Ok(document)
}

/// The paper's box that an element's `PageArea` or a page's `Area` states.
pub(super) fn page_area<'a>(node: roxmltree::Node<'a, 'a>) -> Option<Rect> {
    let area = child(node, "PageArea").or_else(|| child(node, "Area"))?;
    text_of(area, "PhysicalBox").and_then(rect)
}

/// Adds the resources that the part `path` declares.
pub(super) fn resources(package: &mut Package, path: &str, into: &mut Resources) -> Result<(), IngestError> {
    let xml = package.read_xml(path)?;
    let tree = parse(&xml, path)?;
    let root = tree.root_element();
    // Files lie in the folder `BaseLoc` beside the part.
    let folder = resolve(path, &format!("{}/", root.attribute("BaseLoc").unwrap_or_default()));
    let file = |location: &str| resolve(&format!("{folder}/"), location);
    for node in root.descendants().filter(|n| n.is_element()) {
        let Some(id) = node.attribute("ID").map(str::to_owned) else { continue };
        match node.tag_name().name() {
            "Font" => {
                let attribute = |name: &str| node.attribute(name).unwrap_or_default().to_owned();
                let (name, family) = (attribute("FontName"), attribute("FamilyName"));
                let bold = node.attribute("Bold") == Some("true") || name.contains("Bold");
                into.fonts
                    .insert(id, Declared { name, family, bold, file: text_of(node, "FontFile").map(file) });
            }
            "MultiMedia" => {
                if let Some(location) = text_of(node, "MediaFile") {
                    into.media.insert(id, file(location));
                }
            }
            "DrawParam" => {
                into.draw_params.insert(id, style(node));
            }
            "CompositeGraphicUnit" => {
                into.composites.insert(id, objects(node));
            }
            _ => {}
        }
    }
    Ok(())
}

fn annotations(package: &mut Package, path: &str) -> Result<HashMap<String, String>, IngestError> {
    let xml = package.read_xml(path)?;
    let tree = parse(&xml, path)?;
    Ok(children(tree.root_element(), "Page")
        .filter_map(|page| {
            Some((page.attribute("PageID")?.to_owned(), resolve(path, text_of(page, "FileLoc")?)))
        })
        .collect())
}
