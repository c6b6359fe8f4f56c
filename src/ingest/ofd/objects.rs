//! What stands on an OFD page: text, paths, pictures, as the XML declares them.
//!
//! Lengths are millimetres, y points down; an object's own coordinates begin at its boundary's
//! upper left corner and pass through its CTM (GB/T 33190-2016, 8.5). Draws nothing.

use roxmltree::Node;
use vello_cpu::kurbo::{Affine, Rect};

/// Containers deeper than this are left out.
const MAX_DEPTH: usize = 32;

/// A colour with straight alpha.
pub(super) type Rgba = [u8; 4];

/// How an object is filled and stroked; what is `None` follows from its drawing parameters.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Style {
    pub fill: Option<bool>,
    pub stroke: Option<bool>,
    pub fill_color: Option<Rgba>,
    pub stroke_color: Option<Rgba>,
    pub line_width: Option<f64>,
    /// Drawing parameters by their ID.
    pub draw_param: Option<String>,
}

/// One object of a page.
#[derive(Debug, Clone)]
pub(super) struct Object {
    /// From the object's own coordinates to its container's.
    pub transform: Affine,
    /// Where it lies in its container.
    pub boundary: Rect,
    /// Whether the CTM is written: a picture without one fills its boundary.
    pub has_ctm: bool,
    pub alpha: u8,
    pub style: Style,
    pub content: Content,
}

#[derive(Debug, Clone)]
pub(super) enum Content {
    Text(Text),
    Path {
        data: String,
        even_odd: bool,
    },
    /// A picture by its resource's ID.
    Image(String),
    /// A drawing among the resources, by its ID.
    Composite(String),
}

#[derive(Debug, Clone)]
pub(super) struct Text {
    /// The font by its resource's ID.
    pub font: String,
    /// Height of an em.
    pub size: f64,
    pub horizontal_scale: f64,
    /// Degrees that each character is turned clockwise.
    pub char_direction: f64,
    pub codes: Vec<TextCode>,
}

/// A stretch of characters and where they stand.
#[derive(Debug, Clone)]
pub(super) struct TextCode {
    pub text: String,
    /// Of the first character's baseline; `None`: where the last stretch began.
    pub x: Option<f64>,
    pub y: Option<f64>,
    /// Steps from one character to the next; `None` where the attribute is missing.
    pub delta_x: Option<Vec<f64>>,
    pub delta_y: Option<Vec<f64>>,
    /// Glyphs of the embedded font in place of characters: (first character, characters, glyphs).
    pub glyphs: Vec<(usize, usize, Vec<u32>)>,
}

/// A child element by its local name.
pub(super) fn child<'a>(node: Node<'a, 'a>, name: &str) -> Option<Node<'a, 'a>> {
    children(node, name).next()
}

pub(super) fn children<'a>(node: Node<'a, 'a>, name: &str) -> impl Iterator<Item = Node<'a, 'a>> {
    node.children().filter(move |n| n.is_element() && n.tag_name().name() == name)
}

/// The text of a child element, without white space around it.
pub(super) fn text_of<'a>(node: Node<'a, 'a>, name: &str) -> Option<&'a str> {
    child(node, name)?.text().map(str::trim).filter(|t| !t.is_empty())
}

/// Finite numbers separated by white space (or commas, which some producers write).
pub(super) fn numbers(text: &str) -> Vec<f64> {
    text.split(|c: char| c.is_whitespace() || c == ',')
        .filter_map(|part| part.parse::<f64>().ok())
        .filter(|n| n.is_finite())
        .collect()
}

/// A box written as `x y width height`.
pub(super) fn rect(text: &str) -> Option<Rect> {
    let &[x, y, width, height] = numbers(text).as_slice() else { return None };
    Some(Rect::new(x, y, x + width, y + height))
}

/// Every object below `node` (a page's content, a layer, a block), in drawing order.
pub(super) fn objects<'a>(node: Node<'a, 'a>) -> Vec<Object> {
    let mut found = Vec::new();
    collect(node, None, 0, &mut found);
    found
}

fn collect<'a>(node: Node<'a, 'a>, draw_param: Option<&str>, depth: usize, found: &mut Vec<Object>) {
    if depth > MAX_DEPTH {
        return;
    }
    for element in node.children().filter(Node::is_element) {
        let content = match element.tag_name().name() {
            "Layer" | "PageBlock" | "Content" => {
                let own = element.attribute("DrawParam").or(draw_param);
                collect(element, own, depth + 1, found);
                continue;
            }
            "TextObject" => text(element).map(Content::Text),
            "PathObject" => text_of(element, "AbbreviatedData").map(|data| Content::Path {
                data: data.to_owned(),
                even_odd: element.attribute("Rule") == Some("Even-Odd"),
            }),
            "ImageObject" => element.attribute("ResourceID").map(|id| Content::Image(id.to_owned())),
            "CompositeObject" | "CompositeGraphicUnit" => {
                element.attribute("ResourceID").map(|id| Content::Composite(id.to_owned()))
            }
            _ => None,
        };
        if element.attribute("Visible") == Some("false") {
            continue;
        }
        if let Some(content) = content {
            found.push(object(element, draw_param, content));
        }
    }
}

fn object<'a>(element: Node<'a, 'a>, draw_param: Option<&str>, content: Content) -> Object {
    let boundary = element.attribute("Boundary").and_then(rect).unwrap_or_default();
    let ctm = element.attribute("CTM").map(numbers).and_then(|n| <[f64; 6]>::try_from(n).ok());
    let mut style = style(element);
    style.draw_param = style.draw_param.or_else(|| draw_param.map(str::to_owned));
    Object {
        transform: Affine::translate(boundary.origin().to_vec2()) * Affine::new(ctm.unwrap_or(IDENTITY)),
        boundary,
        has_ctm: ctm.is_some(),
        alpha: element.attribute("Alpha").map_or(255, byte),
        style,
        content,
    }
}

const IDENTITY: [f64; 6] = [1.0, 0.0, 0.0, 1.0, 0.0, 0.0];

/// The style that an object or drawing parameters declare.
pub(super) fn style<'a>(element: Node<'a, 'a>) -> Style {
    let flag = |name| element.attribute(name).map(|v| v.eq_ignore_ascii_case("true") || v == "1");
    let number = |name| element.attribute(name).and_then(|v| v.parse::<f64>().ok()).filter(|n| n.is_finite());
    Style {
        fill: flag("Fill"),
        stroke: flag("Stroke"),
        fill_color: child(element, "FillColor").and_then(color),
        stroke_color: child(element, "StrokeColor").and_then(color),
        line_width: number("LineWidth"),
        draw_param: element.attribute("DrawParam").or(element.attribute("Relative")).map(str::to_owned),
    }
}

fn byte(text: &str) -> u8 {
    text.trim().parse::<f64>().map_or(255, |v| v.clamp(0.0, 255.0) as u8)
}

/// A colour; of a gradient the first.
fn color<'a>(element: Node<'a, 'a>) -> Option<Rgba> {
    element.descendants().find(|n| n.attribute("Value").is_some()).and_then(color_value)
}

/// By the number of components: grey, RGB or CMYK.
fn color_value<'a>(element: Node<'a, 'a>) -> Option<Rgba> {
    let alpha = element.attribute("Alpha").map_or(255, byte);
    let channels: Vec<u8> = element
        .attribute("Value")?
        .split_whitespace()
        .map(|part| match part.strip_prefix('#') {
            Some(hex) => u8::from_str_radix(hex, 16).unwrap_or(0),
            None => part.parse::<f64>().map_or(0, |v| v.clamp(0.0, 255.0) as u8),
        })
        .collect();
    Some(match *channels.as_slice() {
        [grey] => [grey, grey, grey, alpha],
        [r, g, b] => [r, g, b, alpha],
        [c, m, y, k] => {
            let part = |ink: u8| ((255 - u32::from(ink)) * (255 - u32::from(k)) / 255) as u8;
            [part(c), part(m), part(y), alpha]
        }
        _ => return None,
    })
}

fn text<'a>(element: Node<'a, 'a>) -> Option<Text> {
    let number =
        |name: &str| element.attribute(name).and_then(|v| v.parse::<f64>().ok()).filter(|n| n.is_finite());
    let size = number("Size").filter(|s| *s > 0.0)?;
    let mut glyphs = Vec::new();
    let mut codes = Vec::new();
    for part in element.children().filter(Node::is_element) {
        match part.tag_name().name() {
            // A mapping to glyphs precedes the stretch it belongs to.
            "CGTransform" => glyphs.extend(glyph_mapping(part)),
            "TextCode" => codes.push(text_code(part, std::mem::take(&mut glyphs))),
            _ => {}
        }
    }
    Some(Text {
        font: element.attribute("Font").unwrap_or_default().to_owned(),
        size,
        horizontal_scale: number("HScale").filter(|s| *s > 0.0).unwrap_or(1.0),
        char_direction: number("CharDirection").unwrap_or(0.0),
        codes,
    })
}

fn glyph_mapping<'a>(element: Node<'a, 'a>) -> Option<(usize, usize, Vec<u32>)> {
    let count =
        |name: &str, default| element.attribute(name).map_or(Some(default), |v| v.parse::<usize>().ok());
    let glyphs =
        text_of(element, "Glyphs")?.split_whitespace().filter_map(|g| g.parse::<u32>().ok()).collect();
    Some((count("CodePosition", 0)?, count("CodeCount", 1)?, glyphs))
}

fn text_code<'a>(element: Node<'a, 'a>, glyphs: Vec<(usize, usize, Vec<u32>)>) -> TextCode {
    let text = element.text().unwrap_or_default().trim_matches(['\r', '\n']).to_owned();
    let number =
        |name: &str| element.attribute(name).and_then(|v| v.parse::<f64>().ok()).filter(|n| n.is_finite());
    let count = text.chars().count();
    let steps = |name: &str| element.attribute(name).map(|v| deltas(v, count));
    TextCode {
        x: number("X"),
        y: number("Y"),
        delta_x: steps("DeltaX"),
        delta_y: steps("DeltaY"),
        text,
        glyphs,
    }
}

/// The steps between `count` characters: `g n d` stands for n times d. Some producers write one
/// step for all, or leave the last ones out: then the last written goes on.
fn deltas(text: &str, count: usize) -> Vec<f64> {
    let wanted = count.saturating_sub(1);
    let mut steps: Vec<f64> = Vec::new();
    let mut parts = text.split_whitespace();
    while let Some(part) = parts.next()
        && steps.len() < wanted
    {
        let number = |part: Option<&str>| part.and_then(|p| p.parse::<f64>().ok()).filter(|n| n.is_finite());
        if part.eq_ignore_ascii_case("g") {
            let repeated = parts.next().and_then(|n| n.parse::<usize>().ok());
            if let (Some(times), Some(step)) = (repeated, number(parts.next())) {
                steps.extend(std::iter::repeat_n(step, times.min(wanted - steps.len())));
            }
        } else if let Some(step) = number(Some(part)) {
            steps.push(step);
        }
    }
    if let Some(&last) = steps.last() {
        steps.resize(wanted, last);
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_repeat() {
        assert_eq!(deltas("g 3 1.5 2", 5), [1.5, 1.5, 1.5, 2.0]);
        assert_eq!(deltas("1.59", 4), [1.59, 1.59, 1.59]);
        assert_eq!(deltas("g 4000000000 1", 3), [1.0, 1.0]);
        assert_eq!(deltas("g", 3), [0.0; 0]);
        assert_eq!(deltas("1 nan 2", 3), [1.0, 2.0]);
        assert_eq!(deltas("1 2", 0), [0.0; 0]);
    }

    #[test]
    fn colours_have_one_three_or_four_components() {
        for (value, expected) in [
            ("#ee #20 #25", Some([0xee, 0x20, 0x25, 255])),
            ("156 82 35", Some([156, 82, 35, 255])),
            ("128", Some([128, 128, 128, 255])),
            ("0 255 255 0", Some([255, 0, 0, 255])),
            ("1 2", None),
        ] {
            let xml = format!("<FillColor Value='{value}'/>");
            let document = roxmltree::Document::parse(&xml).unwrap();
            assert_eq!(color(document.root_element()), expected, "{value}");
        }
    }

    #[test]
    fn layers_lend_their_parameters_and_what_is_invisible_is_left_out() {
        let xml = "<Content><Layer DrawParam='4'><PageBlock>\
            <PathObject Boundary='1 2 3 4' CTM='2 0 0 2 0 0'><AbbreviatedData>M 0 0</AbbreviatedData></PathObject>\
            <ImageObject Visible='false' ResourceID='9'/></PageBlock></Layer></Content>";
        let document = roxmltree::Document::parse(xml).unwrap();
        let found = objects(document.root_element());
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].style.draw_param.as_deref(), Some("4"));
        assert_eq!(found[0].transform * vello_cpu::kurbo::Point::new(1.0, 1.0), (3.0, 4.0).into());
    }
}
