//! The scripts that Tesseract reads for us: their letters, names and language packs.

use std::ops::RangeInclusive;

/// A script that the recognition network cannot read, or not wholly.
#[derive(Debug, PartialEq)]
pub struct Script {
    pub zh: &'static str,
    pub en: &'static str,
    /// Code points of its letters that the network does not know.
    pub letters: &'static [RangeInclusive<char>],
    /// What Tesseract's script detection calls it.
    pub detected_as: &'static [&'static str],
    /// Language packs; the first is the most common language and the one to install.
    pub packs: &'static [Pack],
    /// A pack that is right for a line reads it with at least this confidence.
    pub sure: f32,
    /// Some of its letters look like Latin ones.
    pub resembles_latin: bool,
    /// Words stand apart; otherwise a space is where the gap is wide.
    pub spaced: bool,
}

/// A language pack of Tesseract.
#[derive(Debug, PartialEq)]
pub struct Pack {
    /// Tesseract's name.
    pub name: &'static str,
    /// ISO 639-1 code of its language.
    pub language: &'static str,
}

/// Installed by default, so named when missing.
const COMMON: [&str; 9] = ["rus", "ukr", "ara", "hin", "tha", "kor", "khm", "amh", "vie"];

impl Script {
    pub fn has(&self, c: char) -> bool {
        self.letters.iter().any(|range| range.contains(&c))
    }

    /// Whether a letter of the script stands in the text.
    pub fn occurs_in(&self, text: &str) -> bool {
        text.chars().any(|c| self.has(c))
    }

    /// Packs that an installation should have.
    pub fn wanted(&self) -> impl Iterator<Item = &'static Pack> {
        self.packs.iter().filter(|p| COMMON.contains(&p.name))
    }
}

impl Pack {
    /// Debian's package of it.
    pub fn package(&self) -> String {
        format!("tesseract-ocr-{}", self.name.replace('_', "-"))
    }
}

const fn pack(name: &'static str, language: &'static str) -> Pack {
    Pack { name, language }
}

/// The right pack read the doubtful lines of 24 drawn and 6 real foreign pages with 0.89 to 0.96,
/// wrong packs with 0.84 at most (Russian with the Ukrainian one; other scripts 0.72).
const SURE: f32 = 0.85;
/// Khmer, read by its own pack: 0.72 to 0.78, by others below 0.72, and its pack other scripts with
/// 0.41 at most.
const SURE_KHMER: f32 = 0.6;

const fn script(
    zh: &'static str,
    en: &'static str,
    letters: &'static [RangeInclusive<char>],
    detected_as: &'static [&'static str],
    packs: &'static [Pack],
) -> Script {
    Script { zh, en, letters, detected_as, packs, sure: SURE, resembles_latin: false, spaced: true }
}

/// Letters outside the network's alphabet: it has ă â đ ê ô ơ ư and the grave, acute and tilde of
/// Western European languages, but neither hook nor dot below, and two marks only on ồ.
pub static VIETNAMESE: Script = Script {
    resembles_latin: true,
    ..script("越南文", "Vietnamese", &['\u{1EA0}'..='\u{1EF9}'], &[], &[pack("vie", "vi")])
};

/// All scripts but Latin ones.
pub static SCRIPTS: [Script; 22] = [
    Script {
        resembles_latin: true,
        ..script(
            "西里尔文",
            "Cyrillic",
            &['\u{400}'..='\u{52F}'],
            &["Cyrillic"],
            &[
                pack("rus", "ru"),
                pack("ukr", "uk"),
                pack("bul", "bg"),
                pack("bel", "be"),
                pack("srp", "sr"),
                pack("mkd", "mk"),
                pack("kaz", "kk"),
                pack("mon", "mn"),
            ],
        )
    },
    script(
        "阿拉伯文",
        "Arabic",
        &['\u{620}'..='\u{6FF}', '\u{FB50}'..='\u{FEFC}'],
        &["Arabic"],
        &[pack("ara", "ar"), pack("fas", "fa"), pack("urd", "ur"), pack("uig", "ug")],
    ),
    script(
        "天城文",
        "Devanagari",
        &['\u{900}'..='\u{97F}'],
        &["Devanagari"],
        &[pack("hin", "hi"), pack("mar", "mr"), pack("nep", "ne")],
    ),
    Script {
        spaced: false,
        ..script("泰文", "Thai", &['\u{E01}'..='\u{E5B}'], &["Thai"], &[pack("tha", "th")])
    },
    script(
        "韩文",
        "Korean",
        &['\u{AC00}'..='\u{D7A3}', '\u{3131}'..='\u{318E}'],
        &["Korean", "Hangul"],
        &[pack("kor", "ko")],
    ),
    Script {
        sure: SURE_KHMER,
        ..script("高棉文", "Khmer", &['\u{1780}'..='\u{17F9}'], &["Khmer"], &[pack("khm", "km")])
    },
    script(
        "埃塞俄比亚文",
        "Ethiopic",
        &['\u{1200}'..='\u{139F}'],
        &["Ethiopic"],
        &[pack("amh", "am"), pack("tir", "ti")],
    ),
    script("希伯来文", "Hebrew", &['\u{5D0}'..='\u{5F4}'], &["Hebrew"], &[pack("heb", "he")]),
    Script {
        resembles_latin: true,
        ..script(
            "希腊文",
            "Greek",
            &['\u{370}'..='\u{3FF}', '\u{1F00}'..='\u{1FFF}'],
            &["Greek"],
            &[pack("ell", "el")],
        )
    },
    script("格鲁吉亚文", "Georgian", &['\u{10A0}'..='\u{10FF}'], &["Georgian"], &[pack("kat", "ka")]),
    Script {
        resembles_latin: true,
        ..script("亚美尼亚文", "Armenian", &['\u{531}'..='\u{58A}'], &["Armenian"], &[pack("hye", "hy")])
    },
    script(
        "孟加拉文",
        "Bengali",
        &['\u{980}'..='\u{9FE}'],
        &["Bengali"],
        &[pack("ben", "bn"), pack("asm", "as")],
    ),
    script("泰米尔文", "Tamil", &['\u{B82}'..='\u{BFA}'], &["Tamil"], &[pack("tam", "ta")]),
    script("泰卢固文", "Telugu", &['\u{C00}'..='\u{C7F}'], &["Telugu"], &[pack("tel", "te")]),
    script("卡纳达文", "Kannada", &['\u{C80}'..='\u{CF3}'], &["Kannada"], &[pack("kan", "kn")]),
    script("马拉雅拉姆文", "Malayalam", &['\u{D00}'..='\u{D7F}'], &["Malayalam"], &[pack("mal", "ml")]),
    script("古吉拉特文", "Gujarati", &['\u{A81}'..='\u{AFF}'], &["Gujarati"], &[pack("guj", "gu")]),
    script("古木基文", "Gurmukhi", &['\u{A01}'..='\u{A76}'], &["Gurmukhi"], &[pack("pan", "pa")]),
    script("僧伽罗文", "Sinhala", &['\u{D81}'..='\u{DF4}'], &["Sinhala"], &[pack("sin", "si")]),
    Script {
        spaced: false,
        ..script("缅甸文", "Myanmar", &['\u{1000}'..='\u{109F}'], &["Myanmar"], &[pack("mya", "my")])
    },
    Script {
        spaced: false,
        ..script("老挝文", "Lao", &['\u{E81}'..='\u{EDF}'], &["Lao"], &[pack("lao", "lo")])
    },
    script("藏文", "Tibetan", &['\u{F00}'..='\u{FDA}'], &["Tibetan"], &[pack("bod", "bo")]),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_share_neither_letters_nor_packs() {
        let all = || SCRIPTS.iter().chain([&VIETNAMESE]);
        for (script, letter) in
            [("Cyrillic", 'я'), ("Arabic", 'ك'), ("Thai", 'ก'), ("Khmer", 'ក'), ("Vietnamese", 'ổ')]
        {
            let owners: Vec<_> = all().filter(|s| s.has(letter)).map(|s| s.en).collect();
            assert_eq!(owners, [script]);
        }
        for c in "a é đ ơ ß 中 の 1".chars() {
            assert!(!all().any(|s| s.has(c)), "{c}");
        }
        let mut packs: Vec<_> = all().flat_map(|s| s.packs).map(|p| p.name).collect();
        packs.sort_unstable();
        let count = packs.len();
        packs.dedup();
        assert_eq!(packs.len(), count);
        let wanted: Vec<_> = all().flat_map(Script::wanted).collect();
        assert_eq!(wanted.len(), COMMON.len());
    }
}
