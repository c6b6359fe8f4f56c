//! Scripts that the networks cannot read, with the real Tesseract where `packaging/linux/setup.sh`
//! has put it; without it, the page must say what to install.

use std::{path::Path, sync::atomic::AtomicBool};

use luru::{
    components,
    kind::Registry,
    ocr::{TextLine, report_scripts},
    review::PageReading,
    worker::{Input, ReadOptions, read_files},
};

/// Lines on the pages by language; none belongs to the ones that the networks read themselves.
const LINES: [(Option<&str>, &str); 11] = [
    (Some("ru"), "Объявление для сотрудников"),
    (Some("ru"), "Небольшая пекарня у вокзала каждое утро продаёт свежий хлеб."),
    (Some("ru"), "Сохраните файл в общей папке и распечатайте две копии для архива."),
    (None, "车站旁的面包店每天清晨都飘出阵阵香味。"),
    (Some("th"), "โปรดบันทึกไฟล์ไว้ในโฟลเดอร์ส่วนกลางและพิมพ์สองชุด"),
    (Some("th"), "ร้านขนมปังเล็ก ๆ ใกล้สถานีขายขนมปังสดใหม่ทุกเช้า"),
    (Some("th"), "ห้องสมุดเปิดทุกวัน ยกเว้นวันอาทิตย์และวันหยุดนักขัตฤกษ์"),
    (None, "work. Prices may change without notice; please check the current"),
    (Some("ar"), "أكمل 58 موظفًا دورة السلامة المهنية حتى الآن. احفظ الملف في المجلد"),
    (Some("ar"), "يرجى تقديم إيصالات السفر إلى قسم المحاسبة خلال 45 يومًا. شكر المدير"),
    (Some("ar"), "يُعقد الاجتماع الشهري يوم 05/08/2019 في تمام الساعة 14:00 في"),
];

/// The pages of one script each, as read.
fn pages() -> Vec<PageReading> {
    let components =
        components::ensure(&mut |notice| eprintln!("{notice}")).expect("components are there or come");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/ocr");
    let mut readings = Vec::new();
    let registry = Registry::builtin();
    let inputs =
        ["ru", "th", "ar"].map(|l| Input { path: folder.join(format!("script-{l}.png")), password: None });
    let cancel = AtomicBool::new(false);
    read_files(&components, &registry, &inputs, &ReadOptions::default(), 1, &cancel, &mut |_, r| {
        readings.push(r);
    })
    .unwrap();
    readings.into_iter().flat_map(|r| r.pages).collect()
}

/// Edits that turn `a` into `b` (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, c) in a.chars().enumerate() {
        let mut corner = std::mem::replace(&mut row[0], i + 1);
        for (j, d) in b.iter().enumerate() {
            let best = (corner + usize::from(c != *d)).min(row[j] + 1).min(row[j + 1] + 1);
            corner = std::mem::replace(&mut row[j + 1], best);
        }
    }
    row[b.len()]
}

#[test]
fn pages_in_other_scripts_are_read_or_say_what_is_missing() {
    let pages = pages();
    assert_eq!(pages.iter().filter(|p| p.error.is_none()).count(), 3);
    let lines: Vec<&TextLine> = pages.iter().flat_map(|p| &p.structure.lines).collect();
    let report = report_scripts().unwrap();
    let has = |pack: &str| report.scripts.iter().any(|s| s.installed.contains(&pack));
    let plain = |s: &str| s.replace(' ', "");
    for (language, text) in LINES {
        let pack = language.map(|l| match l {
            "ru" => "rus",
            "th" => "tha",
            _ => "ara",
        });
        if pack.is_some_and(|p| !has(p)) {
            continue;
        }
        let wanted = plain(text);
        let nearest = lines.iter().min_by_key(|l| distance(&plain(&l.text), &wanted)).unwrap();
        // One character in twenty may be wrong.
        let errors = distance(&plain(&nearest.text), &wanted);
        assert!(errors * 20 <= wanted.chars().count(), "{} for {text}", nearest.text);
        assert_eq!(nearest.language.as_deref(), language, "{text}");
        assert_eq!(nearest.text.chars().count(), nearest.chars.len());
    }
    let all = ["rus", "tha", "ara"].into_iter().all(has);
    let notices: Vec<&String> = pages.iter().flat_map(|p| &p.notices).collect();
    let named = notices.iter().any(|n| n.contains("sudo apt install"));
    assert_eq!(named, !all, "{notices:?}");
}
