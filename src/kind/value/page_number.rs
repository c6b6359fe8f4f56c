//! Page numbers as documents print them.

use std::sync::LazyLock;

use regex::Regex;

use super::{capital::capital_number, text::ascii_form};

/// A printed page number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageNumber {
    /// Which page it is, from 1.
    pub number: Option<usize>,
    /// How many pages there are.
    pub of: Option<usize>,
}

/// The page number that a line of print holds: `第1页 共3页`, `共 3 页 第 1 页`, `Page 1 of 3`, `第 2 页`,
/// `本合同共三页`. Numbers above 999 and pages behind the last one are none.
pub fn page_number(raw: &str) -> Option<PageNumber> {
    static FORMS: LazyLock<Vec<Regex>> = LazyLock::new(|| {
        let forms = [
            r"第(?<n>[0-9一二三四五六七八九十]{1,3})页[,./|(]*共(?<of>[0-9一二三四五六七八九十]{1,3})页",
            r"共(?<of>[0-9一二三四五六七八九十]{1,3})页[,./|(]*第(?<n>[0-9一二三四五六七八九十]{1,3})页",
            r"PAGE(?<n>\d{1,3})(?:OF|/)(?<of>\d{1,3})",
            r"^-?第(?<n>[0-9一二三四五六七八九十]{1,3})页-?$",
            r"(?:合同|协议|文件|正文|附件)共(?<of>[0-9一二三四五六七八九十]{1,3})页",
        ];
        forms.iter().filter_map(|form| Regex::new(form).ok()).collect()
    });
    let text: String = ascii_form(raw).chars().filter(|c| !c.is_whitespace()).collect();
    let text = text.to_uppercase();
    let found = FORMS.iter().find_map(|form| form.captures(&text))?;
    let number_of = |name: &str| found.name(name).and_then(|m| whole(m.as_str())).filter(|n| *n > 0);
    let page = PageNumber { number: number_of("n"), of: number_of("of") };
    let behind_the_last = page.number.zip(page.of).is_some_and(|(n, of)| n > of);
    (!behind_the_last && (page.number.is_some() || page.of.is_some())).then_some(page)
}

fn whole(text: &str) -> Option<usize> {
    text.parse().ok().or_else(|| usize::try_from(capital_number(text)?).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn page_numbers_in_their_printed_forms() {
        let page = |number: usize, of: usize| {
            let some = |n| (n > 0).then_some(n);
            Some(PageNumber { number: some(number), of: some(of) })
        };
        for (text, wanted) in [
            ("第1页 共3页", page(1, 3)),
            ("第 2 页，共 12 页", page(2, 12)),
            ("共3页 第2页", page(2, 3)),
            ("合同编号：A-1　第十页/共十二页", page(10, 12)),
            ("Page 2 of 3", page(2, 3)),
            ("第 4 页", page(4, 0)),
            ("本合同共五页，一式两份", page(0, 5)),
            ("第5页共3页", None),
            ("第0页共3页", page(0, 3)),
            ("见第3页的约定", None),
            ("1/3", None),
            ("", None),
        ] {
            assert_eq!(page_number(text), wanted, "{text}");
        }
    }
}
