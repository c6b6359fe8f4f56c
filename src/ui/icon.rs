//! Signs and icons drawn as lines, so that none depends on a glyph that a font may lack.
//!
//! Each icon is data on a 16 × 16 grid.

use eframe::egui::{self, Atom, Color32, Pos2, Rect, Shape, Stroke, Ui, vec2};

/// A drawn sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Icon {
    // States of values and documents.
    Check,
    CheckCircle,
    Warning,
    Cross,
    Dash,
    Pointer,
    Clock,
    Return,
    Exported,
    Circle,
    // Origins of values.
    Function,
    Code,
    Pen,
    TextLayer,
    // Commands.
    File,
    Folder,
    Paste,
    Stop,
    Export,
    Undo,
    Redo,
    Rotate,
    FitPage,
    FitWidth,
    ActualSize,
    ZoomIn,
    ZoomOut,
    ZoomField,
    Search,
    Settings,
    Keyboard,
    Palette,
    Plus,
    Minus,
    Up,
    Down,
    Eye,
    Theme,
    Language,
    ReadAgain,
    Panel,
    Key,
    Retry,
    Sort,
    Columns,
    Pause,
    Play,
    Chart,
}

enum Part {
    /// An open line through these points.
    Line(&'static [(f32, f32)]),
    /// A closed line through these points.
    Loop(&'static [(f32, f32)]),
    /// A circle's outline: centre x, y, radius.
    Ring(f32, f32, f32),
    /// A filled circle.
    Dot(f32, f32, f32),
    /// Part of a circle: centre x, y, radius, from and to in degrees clockwise from the right.
    Arc(f32, f32, f32, f32, f32),
}
use Part::{Arc, Dot, Line, Loop, Ring};

const SHEET: Part = Loop(&[(3.0, 1.5), (10.0, 1.5), (13.0, 4.5), (13.0, 14.5), (3.0, 14.5)]);
const LENS: Part = Ring(7.0, 7.0, 4.5);
const HANDLE: Part = Line(&[(10.5, 10.5), (14.5, 14.5)]);

impl Icon {
    fn parts(self) -> &'static [Part] {
        match self {
            Self::Columns => &[
                Loop(&[(1.5, 2.5), (7.0, 2.5), (7.0, 13.5), (1.5, 13.5)]),
                Loop(&[(9.0, 2.5), (14.5, 2.5), (14.5, 13.5), (9.0, 13.5)]),
            ],
            Self::Pause => &[Line(&[(5.5, 3.0), (5.5, 13.0)]), Line(&[(10.5, 3.0), (10.5, 13.0)])],
            Self::Play => &[Loop(&[(4.5, 2.5), (13.0, 8.0), (4.5, 13.5)])],
            Self::Chart => &[
                Line(&[(2.0, 2.0), (2.0, 14.0), (14.5, 14.0)]),
                Line(&[(5.0, 11.5), (5.0, 8.0)]),
                Line(&[(8.5, 11.5), (8.5, 4.5)]),
                Line(&[(12.0, 11.5), (12.0, 6.5)]),
            ],
            Self::Sort => &[
                Line(&[(2.0, 4.0), (14.0, 4.0)]),
                Line(&[(2.0, 8.0), (10.0, 8.0)]),
                Line(&[(2.0, 12.0), (6.0, 12.0)]),
            ],
            Self::Check => &[Line(&[(3.0, 8.5), (6.5, 12.0), (13.0, 4.0)])],
            Self::CheckCircle => &[Ring(8.0, 8.0, 6.5), Line(&[(5.0, 8.2), (7.2, 10.5), (11.2, 5.5)])],
            Self::Warning => &[
                Loop(&[(8.0, 1.8), (15.0, 14.2), (1.0, 14.2)]),
                Line(&[(8.0, 6.2), (8.0, 10.2)]),
                Dot(8.0, 12.2, 0.9),
            ],
            Self::Cross => &[Line(&[(3.5, 3.5), (12.5, 12.5)]), Line(&[(12.5, 3.5), (3.5, 12.5)])],
            Self::Dash => &[Line(&[(3.5, 8.0), (12.5, 8.0)])],
            Self::Pointer => &[Loop(&[(5.0, 3.0), (12.0, 8.0), (5.0, 13.0)])],
            Self::Clock => &[Ring(8.0, 8.0, 6.5), Line(&[(8.0, 4.0), (8.0, 8.0), (11.0, 9.8)])],
            Self::Return => &[
                Line(&[(6.0, 3.5), (2.5, 7.0), (6.0, 10.5)]),
                Line(&[(2.5, 7.0), (13.0, 7.0), (13.0, 13.0)]),
            ],
            Self::Exported => &[
                Line(&[(5.0, 6.0), (2.5, 6.0), (2.5, 14.0), (13.5, 14.0), (13.5, 6.0), (11.0, 6.0)]),
                Line(&[(8.0, 10.5), (8.0, 1.5)]),
                Line(&[(5.2, 4.3), (8.0, 1.5), (10.8, 4.3)]),
            ],
            Self::Circle => &[Ring(8.0, 8.0, 4.0)],
            Self::Function => &[
                Line(&[(12.0, 2.8), (10.6, 2.0), (9.2, 3.0), (6.8, 13.0), (5.4, 14.0), (4.0, 13.2)]),
                Line(&[(5.0, 7.0), (11.5, 7.0)]),
            ],
            Self::Code => &[
                Loop(&[(2.0, 2.0), (6.5, 2.0), (6.5, 6.5), (2.0, 6.5)]),
                Loop(&[(9.5, 2.0), (14.0, 2.0), (14.0, 6.5), (9.5, 6.5)]),
                Loop(&[(2.0, 9.5), (6.5, 9.5), (6.5, 14.0), (2.0, 14.0)]),
                Dot(10.5, 10.5, 1.0),
                Dot(13.2, 13.2, 1.0),
            ],
            Self::Pen => &[
                Loop(&[(2.0, 14.0), (3.0, 10.5), (11.0, 2.5), (13.5, 5.0), (5.5, 13.0)]),
                Line(&[(9.2, 4.3), (11.7, 6.8)]),
            ],
            Self::TextLayer => &[
                SHEET,
                Line(&[(5.5, 6.5), (10.5, 6.5)]),
                Line(&[(5.5, 9.0), (10.5, 9.0)]),
                Line(&[(5.5, 11.5), (9.0, 11.5)]),
            ],
            Self::File => &[SHEET, Line(&[(10.0, 1.5), (10.0, 4.5), (13.0, 4.5)])],
            Self::Folder => {
                &[Loop(&[(1.5, 3.0), (6.0, 3.0), (7.5, 5.0), (14.5, 5.0), (14.5, 13.5), (1.5, 13.5)])]
            }
            Self::Paste => &[
                Loop(&[(3.0, 3.0), (13.0, 3.0), (13.0, 14.5), (3.0, 14.5)]),
                Loop(&[(5.8, 1.5), (10.2, 1.5), (10.2, 4.5), (5.8, 4.5)]),
            ],
            Self::Stop => &[Loop(&[(3.5, 3.5), (12.5, 3.5), (12.5, 12.5), (3.5, 12.5)])],
            Self::Export => &[
                Line(&[(2.5, 10.0), (2.5, 14.0), (13.5, 14.0), (13.5, 10.0)]),
                Line(&[(8.0, 1.5), (8.0, 10.5)]),
                Line(&[(4.8, 7.3), (8.0, 10.5), (11.2, 7.3)]),
            ],
            Self::Undo => &[
                Line(&[(5.5, 2.5), (2.5, 5.5), (5.5, 8.5)]),
                Line(&[(2.5, 5.5), (9.5, 5.5)]),
                Arc(9.5, 9.5, 4.0, -90.0, 90.0),
                Line(&[(9.5, 13.5), (5.0, 13.5)]),
            ],
            Self::Redo => &[
                Line(&[(10.5, 2.5), (13.5, 5.5), (10.5, 8.5)]),
                Line(&[(13.5, 5.5), (6.5, 5.5)]),
                Arc(6.5, 9.5, 4.0, 90.0, 270.0),
                Line(&[(6.5, 13.5), (11.0, 13.5)]),
            ],
            Self::Rotate => &[Arc(8.0, 8.5, 5.5, -150.0, 130.0), Line(&[(2.2, 2.2), (3.3, 5.8), (6.9, 4.7)])],
            Self::FitPage => &[
                Line(&[(2.0, 5.5), (2.0, 2.0), (5.5, 2.0)]),
                Line(&[(10.5, 2.0), (14.0, 2.0), (14.0, 5.5)]),
                Line(&[(14.0, 10.5), (14.0, 14.0), (10.5, 14.0)]),
                Line(&[(5.5, 14.0), (2.0, 14.0), (2.0, 10.5)]),
            ],
            Self::FitWidth => &[
                Line(&[(1.5, 2.5), (1.5, 13.5)]),
                Line(&[(14.5, 2.5), (14.5, 13.5)]),
                Line(&[(4.0, 8.0), (12.0, 8.0)]),
                Line(&[(6.2, 5.8), (4.0, 8.0), (6.2, 10.2)]),
                Line(&[(9.8, 5.8), (12.0, 8.0), (9.8, 10.2)]),
            ],
            Self::ActualSize => &[
                Line(&[(2.5, 5.0), (4.5, 3.5), (4.5, 12.5)]),
                Line(&[(10.5, 5.0), (12.5, 3.5), (12.5, 12.5)]),
                Dot(8.2, 6.0, 0.9),
                Dot(8.2, 10.5, 0.9),
            ],
            Self::ZoomIn => &[LENS, HANDLE, Line(&[(4.8, 7.0), (9.2, 7.0)]), Line(&[(7.0, 4.8), (7.0, 9.2)])],
            Self::ZoomOut => &[LENS, HANDLE, Line(&[(4.8, 7.0), (9.2, 7.0)])],
            Self::ZoomField => &[LENS, HANDLE, Dot(7.0, 7.0, 1.4)],
            Self::Search => &[LENS, HANDLE],
            Self::Settings => &[
                Line(&[(1.5, 4.0), (14.5, 4.0)]),
                Line(&[(1.5, 12.0), (14.5, 12.0)]),
                Dot(5.5, 4.0, 2.2),
                Dot(10.5, 12.0, 2.2),
            ],
            Self::Keyboard => &[
                Loop(&[(1.0, 3.5), (15.0, 3.5), (15.0, 12.5), (1.0, 12.5)]),
                Line(&[(4.5, 10.0), (11.5, 10.0)]),
                Dot(4.0, 6.5, 0.8),
                Dot(8.0, 6.5, 0.8),
                Dot(12.0, 6.5, 0.8),
            ],
            Self::Palette => {
                &[Line(&[(3.0, 4.0), (7.0, 8.0), (3.0, 12.0)]), Line(&[(8.5, 12.0), (13.5, 12.0)])]
            }
            Self::Plus => &[Line(&[(8.0, 3.0), (8.0, 13.0)]), Line(&[(3.0, 8.0), (13.0, 8.0)])],
            Self::Minus => &[Line(&[(3.0, 8.0), (13.0, 8.0)])],
            Self::Up => &[Line(&[(3.5, 10.0), (8.0, 5.5), (12.5, 10.0)])],
            Self::Down => &[Line(&[(3.5, 6.0), (8.0, 10.5), (12.5, 6.0)])],
            Self::Eye => &[
                Loop(&[
                    (1.0, 8.0),
                    (4.0, 4.6),
                    (8.0, 3.5),
                    (12.0, 4.6),
                    (15.0, 8.0),
                    (12.0, 11.4),
                    (8.0, 12.5),
                    (4.0, 11.4),
                ]),
                Ring(8.0, 8.0, 2.2),
            ],
            Self::Theme => &[Ring(8.0, 8.0, 6.0), Arc(5.0, 8.0, 5.0, -70.0, 70.0)],
            Self::Language => &[
                Ring(8.0, 8.0, 6.5),
                Line(&[(1.5, 8.0), (14.5, 8.0)]),
                Arc(3.5, 8.0, 7.0, -62.0, 62.0),
                Arc(12.5, 8.0, 7.0, 118.0, 242.0),
            ],
            Self::ReadAgain => &[
                Line(&[(2.0, 4.0), (2.0, 2.0), (4.0, 2.0)]),
                Line(&[(14.0, 12.0), (14.0, 14.0), (12.0, 14.0)]),
                Line(&[(4.0, 8.0), (12.0, 8.0)]),
                Line(&[(4.0, 5.2), (10.0, 5.2)]),
                Line(&[(4.0, 10.8), (10.0, 10.8)]),
            ],
            Self::Panel => &[
                Loop(&[(1.5, 2.5), (14.5, 2.5), (14.5, 13.5), (1.5, 13.5)]),
                Line(&[(6.0, 2.5), (6.0, 13.5)]),
            ],
            Self::Key => &[
                Ring(5.0, 8.0, 3.2),
                Line(&[(8.2, 8.0), (14.5, 8.0), (14.5, 10.8)]),
                Line(&[(11.8, 8.0), (11.8, 10.0)]),
            ],
            Self::Retry => &[Arc(8.0, 8.0, 5.5, -30.0, 250.0), Line(&[(13.8, 1.8), (12.8, 5.4), (9.2, 4.4)])],
        }
    }

    /// Draws the icon into the largest square in the middle of `rect`.
    pub fn paint(self, painter: &egui::Painter, rect: Rect, color: Color32) {
        let side = rect.width().min(rect.height());
        let square = Rect::from_center_size(rect.center(), vec2(side, side));
        let at = |x: f32, y: f32| -> Pos2 { square.min + vec2(x, y) * (side / 16.0) };
        let stroke = Stroke::new((side / 11.0).clamp(1.0, 2.5), color);
        for part in self.parts() {
            painter.add(match part {
                Line(points) => Shape::line(points.iter().map(|p| at(p.0, p.1)).collect(), stroke),
                Loop(points) => Shape::closed_line(points.iter().map(|p| at(p.0, p.1)).collect(), stroke),
                Ring(x, y, r) => Shape::circle_stroke(at(*x, *y), r * side / 16.0, stroke),
                Dot(x, y, r) => Shape::circle_filled(at(*x, *y), r * side / 16.0, color),
                Arc(x, y, r, from, to) => {
                    let turn = |i: usize| (from + (to - from) * i as f32 / 16.0).to_radians();
                    let point = |i| at(x + r * f32::cos(turn(i)), y + r * f32::sin(turn(i)));
                    Shape::line((0..=16).map(point).collect(), stroke)
                }
            });
        }
    }

    /// As part of a button, in the colour of its text.
    pub fn atom(self) -> Atom<'static> {
        self.atom_colored(None)
    }

    /// As part of a button, in a colour of its own.
    pub fn atom_colored(self, color: Option<Color32>) -> Atom<'static> {
        Atom::paint(vec2(14.0, 14.0), move |ui, args| {
            self.paint(ui.painter(), args.rect, color.unwrap_or(args.fallback_text_color));
        })
    }

    /// As a small picture of its own with a name for screen readers and a tooltip.
    pub fn show(self, ui: &mut Ui, size: f32, color: Color32, name: &str) -> egui::Response {
        let (rect, response) = ui.allocate_exact_size(vec2(size, size), egui::Sense::hover());
        self.paint(ui.painter(), rect, color);
        if name.is_empty() {
            return response;
        }
        response.widget_info(|| egui::WidgetInfo::labeled(egui::accesskit::Role::Image, true, name));
        response.on_hover_text(name)
    }
}

#[cfg(test)]
mod tests {
    use eframe::egui::pos2;

    use super::*;

    #[test]
    fn every_icon_stays_on_its_grid() {
        let all = [
            Icon::Check,
            Icon::CheckCircle,
            Icon::Warning,
            Icon::Cross,
            Icon::Undo,
            Icon::Redo,
            Icon::Rotate,
            Icon::Language,
            Icon::Retry,
            Icon::Eye,
            Icon::Code,
        ];
        for icon in all {
            for part in icon.parts() {
                let inside = |x: f32, y: f32| (0.0..=16.0).contains(&x) && (0.0..=16.0).contains(&y);
                let ok = match part {
                    Line(points) | Loop(points) => points.iter().all(|p| inside(p.0, p.1)),
                    Ring(x, y, r) | Dot(x, y, r) => inside(x - r, y - r) && inside(x + r, y + r),
                    Arc(x, y, r, from, to) => [*from, *to].iter().all(|a| {
                        let p = pos2(x + r * a.to_radians().cos(), y + r * a.to_radians().sin());
                        inside(p.x, p.y)
                    }),
                };
                assert!(ok, "{icon:?} leaves its grid");
            }
        }
    }
}
