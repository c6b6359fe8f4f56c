//! Sheet names that Excel takes: at most 31 characters, without `[ ] : * ? / \`, not starting or
//! ending with an apostrophe, told apart without regard to case, not `History`.

use std::collections::HashSet;

const MAX_UNITS: usize = 31;

/// The names given so far in a workbook.
#[derive(Debug, Default)]
pub(super) struct SheetNames(HashSet<String>);

impl SheetNames {
    /// The legal name nearest to `wanted` that is still free.
    pub fn take(&mut self, wanted: &str) -> String {
        let refused = |c: char| c.is_control() || r"[]:*?/\".contains(c);
        let clean: String = wanted.chars().map(|c| if refused(c) { '_' } else { c }).collect();
        let clean = match clean.trim_matches(|c: char| c == '\'' || c.is_whitespace()) {
            "" => "_",
            name if name.eq_ignore_ascii_case("history") => "_history",
            name => name,
        };
        let mut n = 1;
        loop {
            let suffix = if n == 1 { String::new() } else { format!("-{n}") };
            let name = clip(clean, MAX_UNITS - suffix.len()) + &suffix;
            if self.0.insert(name.to_lowercase()) {
                return name;
            }
            n += 1;
        }
    }
}

/// The start of `text` that takes at most `units` UTF-16 code units, in which Excel counts.
pub(super) fn clip(text: &str, units: usize) -> String {
    let mut left = units;
    let fits = |c: &char| match left.checked_sub(c.len_utf16()) {
        Some(rest) => {
            left = rest;
            true
        }
        None => false,
    };
    text.chars().take_while(fits).collect::<String>().trim_end_matches('\'').to_owned()
}

/// A reference to a cell of another sheet, for links: `'name'!A5`. `row` and `column` from 0.
pub(super) fn reference(sheet: &str, row: u32, column: u16) -> String {
    format!("'{}'!{}", sheet.replace('\'', "''"), rust_xlsxwriter::utility::row_col_to_cell(row, column))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_legal_short_and_unique() {
        let mut names = SheetNames::default();
        assert_eq!(names.take("a/b:c*d?e[f]"), "a_b_c_d_e_f_");
        assert_eq!(names.take("A/B:C*D?E[F]"), "A_B_C_D_E_F_-2");
        assert_eq!(names.take("'quoted'"), "quoted");
        assert_eq!(names.take("History"), "_history");
        assert_eq!(names.take(""), "_");
        let long = "机".repeat(40);
        assert_eq!(names.take(&long).chars().count(), 31);
        assert!(names.take(&long).ends_with("-2"));
        // A character outside the BMP takes two units.
        assert_eq!(clip("𠮷𠮷", 3), "𠮷");
        assert_eq!(reference("it's", 4, 1), "'it''s'!B5");
    }
}
