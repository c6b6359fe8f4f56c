//! Which pages of a file are wanted: the notation `1-3,7`.

use std::{ops::RangeInclusive, str::FromStr};

use super::IngestError;

/// Which pages of a file to read, from 1: `1-3,7`; all when empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PageSelection(pub Vec<RangeInclusive<usize>>);

/// A page selection that cannot be understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("页码写法不对：“{part}”，应如 1-3,7 / page selection not understood: “{part}”, write it like 1-3,7")]
pub struct PageSelectionError {
    /// The part between two commas that is wrong.
    pub part: String,
}

impl FromStr for PageSelection {
    type Err = PageSelectionError;

    /// Reads `1-3,7`, `5-` (to the end) and `-3` (from the first); full-width `，` and `－` too.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut ranges = Vec::new();
        for part in text.split([',', '，', ';', '、']) {
            let wrong = || PageSelectionError { part: part.trim().to_owned() };
            let number = |s: &str| s.trim().parse::<usize>().ok().filter(|&n| n > 0).ok_or_else(wrong);
            let range = match part.split_once(['-', '－', '–']) {
                None => {
                    let page = number(part)?;
                    page..=page
                }
                Some((from, to)) if from.trim().is_empty() => 1..=number(to)?,
                Some((from, to)) if to.trim().is_empty() => number(from)?..=usize::MAX,
                Some((from, to)) => number(from)?..=number(to)?,
            };
            if range.is_empty() {
                return Err(wrong());
            }
            ranges.push(range);
        }
        Ok(Self(ranges))
    }
}

impl PageSelection {
    /// Whether `page` (from 1) is wanted.
    pub fn contains(&self, page: usize) -> bool {
        self.0.is_empty() || self.0.iter().any(|r| r.contains(&page))
    }

    /// The wanted pages of a file of `count` pages, ascending, each once.
    ///
    /// Fails where a range lies wholly outside the file: that is a mistake the user should see;
    /// a range that only ends outside is cut.
    pub fn pages(&self, count: usize) -> Result<Vec<usize>, IngestError> {
        if self.0.iter().any(|r| *r.start() > count) {
            return Err(IngestError::PageOutOfRange { count });
        }
        Ok((1..=count).filter(|&p| self.contains(p)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pages(text: &str, count: usize) -> Vec<usize> {
        text.parse::<PageSelection>().expect("well-formed").pages(count).expect("inside the file")
    }

    #[test]
    fn selections_are_parsed_and_cut_to_the_file() {
        assert_eq!(pages("1-3,7", 9), [1, 2, 3, 7]);
        assert_eq!(pages(" 2 - 3 ，1", 9), [1, 2, 3]);
        assert_eq!(pages("8-20", 9), [8, 9]);
        assert_eq!(pages("8-", 9), [8, 9]);
        assert_eq!(pages("-2", 9), [1, 2]);
        assert_eq!(PageSelection::default().pages(2).expect("all"), [1, 2]);
    }

    #[test]
    fn nonsense_is_refused_with_the_part_that_is_wrong() {
        for (text, part) in [("", ""), ("0", "0"), ("3-1", "3-1"), ("1,,2", ""), ("1,x", "x"), ("-", "-")] {
            let error = text.parse::<PageSelection>().expect_err(text);
            assert_eq!(error.part, part);
        }
    }

    #[test]
    fn pages_outside_the_file_name_its_length() {
        let error = "12".parse::<PageSelection>().expect("well-formed").pages(3).expect_err("outside");
        assert!(matches!(error, IngestError::PageOutOfRange { count: 3 }));
        assert!(error.to_string().contains('3'));
    }
}
