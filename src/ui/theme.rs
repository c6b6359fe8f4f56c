//! Colours by role, type sizes and spacing, for both themes.
//!
//! The only place that names colours. Panels ask for roles; every role that carries text keeps a
//! contrast of at least 4.5 : 1 on the surfaces it may stand on (WCAG 2.2, criterion 1.4.3).

use eframe::egui::{
    self, Color32, CornerRadius, FontFamily, FontId, Margin, Shadow, Stroke, TextStyle, Theme, vec2,
};

use super::settings::ThemeChoice;

/// The step of all distances, in points.
pub const STEP: f32 = 4.0;
/// The three type sizes, in points.
pub const SMALL: f32 = 12.0;
pub const BODY: f32 = 14.0;
pub const TITLE: f32 = 18.0;

/// One theme's colours.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Roles {
    /// Panels.
    pub surface: Color32,
    /// Behind the page.
    pub ground: Color32,
    /// Inputs, cards.
    pub raised: Color32,
    pub border: Color32,
    pub text: Color32,
    /// Labels and hints.
    pub quiet: Color32,
    /// What is in hand; links; the main button.
    pub selection: Color32,
    /// Behind selected rows and hovered buttons.
    pub selection_tint: Color32,
    /// Text on `selection`.
    pub on_selection: Color32,
    pub doubtful: Color32,
    pub failed: Color32,
    pub confirmed: Color32,
    /// Computed, or from a code.
    pub derived: Color32,
}

/// Colours drawn over the page. Paper is light in both themes, so these do not change.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PaperRoles {
    pub line: Color32,
    pub field: Color32,
    pub doubtful: Color32,
    pub failed: Color32,
    pub table: Color32,
    pub seal: Color32,
    pub selection: Color32,
}

const fn rgb(hex: u32) -> Color32 {
    Color32::from_rgb((hex >> 16) as u8, (hex >> 8) as u8, hex as u8)
}

pub const LIGHT: Roles = Roles {
    surface: rgb(0xf6f7f8),
    ground: rgb(0xdfe1e5),
    raised: rgb(0xffffff),
    border: rgb(0xcdd1d8),
    text: rgb(0x1b1f24),
    quiet: rgb(0x565e6b),
    selection: rgb(0x1a5bb8),
    selection_tint: rgb(0xdde8f7),
    on_selection: rgb(0xffffff),
    doubtful: rgb(0x8a4f00),
    failed: rgb(0xb3261e),
    confirmed: rgb(0x17683a),
    derived: rgb(0x6a3da3),
};

pub const DARK: Roles = Roles {
    surface: rgb(0x1f2226),
    ground: rgb(0x131417),
    raised: rgb(0x292d33),
    border: rgb(0x434a54),
    text: rgb(0xe8eaed),
    quiet: rgb(0xabb2bd),
    selection: rgb(0x86b4ff),
    selection_tint: rgb(0x2a3b57),
    on_selection: rgb(0x0b1b33),
    doubtful: rgb(0xf2b650),
    failed: rgb(0xff9a90),
    confirmed: rgb(0x7fd69e),
    derived: rgb(0xcdb0ff),
};

/// Black and white, with every colour as light as its meaning allows: text roles keep at least 7 : 1
/// (WCAG 2.2, criterion 1.4.6).
pub const HIGH_CONTRAST: Roles = Roles {
    surface: rgb(0x000000),
    ground: rgb(0x000000),
    raised: rgb(0x000000),
    border: rgb(0xffffff),
    text: rgb(0xffffff),
    quiet: rgb(0xe6e6e6),
    selection: rgb(0x6fd6ff),
    selection_tint: rgb(0x00334d),
    on_selection: rgb(0x000000),
    doubtful: rgb(0xffd23f),
    failed: rgb(0xffb3b3),
    confirmed: rgb(0x7dff9b),
    derived: rgb(0xe3c6ff),
};

pub const PAPER: PaperRoles = PaperRoles {
    line: rgb(0x7c8796),
    field: rgb(0x17683a),
    doubtful: rgb(0xb86a00),
    failed: rgb(0xc62a20),
    table: rgb(0x0a7480),
    seal: rgb(0xb0257a),
    selection: rgb(0x1a5bb8),
};

impl Roles {
    /// `choice` tells whether the dark theme is that of high contrast.
    pub fn of(theme: Theme, choice: ThemeChoice) -> &'static Roles {
        match theme {
            _ if choice == ThemeChoice::HighContrast => &HIGH_CONTRAST,
            Theme::Dark => &DARK,
            Theme::Light => &LIGHT,
        }
    }
}

/// A colour at a lower strength, for fills over the page.
pub fn tint(color: Color32, strength: f32) -> Color32 {
    color.gamma_multiply(strength)
}

/// Gives egui both themes, the type sizes and the spacing.
pub fn install(ctx: &egui::Context, high_contrast: bool) {
    for theme in [Theme::Light, Theme::Dark] {
        ctx.style_mut_of(theme, |style| {
            let choice = if high_contrast { ThemeChoice::HighContrast } else { ThemeChoice::System };
            let roles = Roles::of(theme, choice);
            let font = |size| FontId::new(size, FontFamily::Proportional);
            style.text_styles = [
                (TextStyle::Small, font(SMALL)),
                (TextStyle::Body, font(BODY)),
                (TextStyle::Button, font(BODY)),
                (TextStyle::Heading, font(TITLE)),
                (TextStyle::Monospace, FontId::new(BODY, FontFamily::Monospace)),
            ]
            .into();
            style.spacing.item_spacing = vec2(2.0 * STEP, STEP);
            style.spacing.button_padding = vec2(2.0 * STEP, STEP);
            style.spacing.interact_size = vec2(24.0, 24.0);
            style.spacing.menu_margin = Margin::same(STEP as i8);
            style.spacing.window_margin = Margin::same(3 * STEP as i8);
            style.spacing.tooltip_width = 360.0;
            style.spacing.menu_width = 320.0;
            style.interaction.selectable_labels = false;
            style.interaction.tooltip_delay = 0.4;
            style.animation_time = 0.12;
            colours(&mut style.visuals, roles, theme == Theme::Dark);
        });
    }
}

fn colours(visuals: &mut egui::Visuals, roles: &Roles, dark: bool) {
    visuals.dark_mode = dark;
    visuals.panel_fill = roles.surface;
    visuals.window_fill = roles.surface;
    visuals.window_stroke = Stroke::new(1.0, roles.border);
    visuals.extreme_bg_color = roles.raised;
    visuals.text_edit_bg_color = Some(roles.raised);
    visuals.faint_bg_color = roles.raised;
    visuals.code_bg_color = roles.raised;
    visuals.weak_text_color = Some(roles.quiet);
    visuals.warn_fg_color = roles.doubtful;
    visuals.error_fg_color = roles.failed;
    visuals.hyperlink_color = roles.selection;
    visuals.selection.bg_fill = roles.selection_tint;
    visuals.selection.stroke = Stroke::new(1.0, roles.selection);
    visuals.text_cursor.stroke = Stroke::new(1.5, roles.selection);
    visuals.text_cursor.blink = false;
    visuals.menu_corner_radius = CornerRadius::same(4);
    visuals.window_corner_radius = CornerRadius::same(4);
    let shadow = Shadow { offset: [0, 2], blur: 12, spread: 0, color: Color32::from_black_alpha(48) };
    visuals.popup_shadow = shadow;
    visuals.window_shadow = shadow;
    let widgets = &mut visuals.widgets;
    let all = [
        (&mut widgets.noninteractive, roles.surface, roles.border),
        (&mut widgets.inactive, roles.raised, roles.border),
        (&mut widgets.hovered, roles.selection_tint, roles.quiet),
        (&mut widgets.active, roles.selection_tint, roles.selection),
        (&mut widgets.open, roles.selection_tint, roles.selection),
    ];
    for (widget, fill, border) in all {
        widget.bg_fill = fill;
        widget.weak_bg_fill = fill;
        widget.bg_stroke = Stroke::new(1.0, border);
        widget.fg_stroke = Stroke::new(1.0, roles.text);
        widget.corner_radius = CornerRadius::same(4);
        widget.expansion = 0.0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Relative luminance as WCAG 2.2 defines it.
    fn luminance(color: Color32) -> f32 {
        let [r, g, b, _] = color.to_array().map(|v| {
            let v = f32::from(v) / 255.0;
            if v <= 0.04045 { v / 12.92 } else { ((v + 0.055) / 1.055).powf(2.4) }
        });
        0.2126 * r + 0.7152 * g + 0.0722 * b
    }

    fn contrast(a: Color32, b: Color32) -> f32 {
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn every_text_role_is_readable_on_every_surface() {
        for (name, r, least) in
            [("light", LIGHT, 4.5), ("dark", DARK, 4.5), ("high contrast", HIGH_CONTRAST, 7.0)]
        {
            let texts = [r.text, r.quiet, r.selection, r.doubtful, r.failed, r.confirmed, r.derived];
            for (i, text) in texts.into_iter().enumerate() {
                for surface in [r.surface, r.raised, r.selection_tint] {
                    let c = contrast(text, surface);
                    assert!(c >= least, "{name}: text role {i} on {surface:?} has a contrast of {c:.2}");
                }
            }
            assert!(contrast(r.text, r.ground) >= 4.5);
            assert!(contrast(r.quiet, r.ground) >= 4.5);
            assert!(contrast(r.on_selection, r.selection) >= 4.5);
        }
    }

    #[test]
    fn overlays_stand_out_from_paper() {
        let p = PAPER;
        // WCAG 2.2, criterion 1.4.11: 3 : 1 for graphics.
        for color in [p.line, p.field, p.doubtful, p.failed, p.table, p.seal, p.selection] {
            assert!(contrast(color, Color32::WHITE) >= 3.0, "{color:?}");
        }
    }
}
