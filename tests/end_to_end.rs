//! The real networks on the sample pages, through the command line. Brings in the components if
//! they are not there.

use std::{
    path::{Path, PathBuf},
    process::{Command, Output},
    sync::OnceLock,
};

use serde_json::Value;
use tempfile::TempDir;

/// Results of one run over all sample pages, shared by the tests: loading takes longer than reading.
struct Results {
    folder: TempDir,
    output: Output,
}

fn sample() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/sample")
}

fn results() -> &'static Results {
    static RESULTS: OnceLock<Results> = OnceLock::new();
    RESULTS.get_or_init(|| {
        luru::components::ensure(&mut |notice| eprintln!("{notice}")).expect("components are there or come");
        let folder = tempfile::tempdir().unwrap();
        let inputs = folder.path().join("in");
        std::fs::create_dir_all(inputs.join("other")).unwrap();
        for file in std::fs::read_dir(sample()).unwrap() {
            let file = file.unwrap();
            std::fs::copy(file.path(), inputs.join(file.file_name())).unwrap();
        }
        std::fs::copy(sample().join("id-card.jpg"), inputs.join("other/id-card.jpg")).unwrap();
        std::fs::write(inputs.join("broken.png"), b"no picture at all").unwrap();
        let output =
            luru(folder.path()).arg(&inputs).arg("--out").arg(folder.path().join("out")).output().unwrap();
        Results { folder, output }
    })
}

/// `luru recognize` with a cache of its own in `folder`.
fn luru(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_luru"));
    command.arg("recognize").env("XDG_CACHE_HOME", folder.join("cache"));
    command
}

fn result(name: &str) -> Value {
    let path = results().folder.path().join("out").join(name);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    serde_json::from_str(&text).unwrap()
}

/// Everything that was read, without spaces.
fn text(result: &Value) -> String {
    let pages = result["pages"].as_array().unwrap();
    let lines = pages.iter().flat_map(|p| p["lines"].as_array().unwrap());
    lines.map(|l| l["text"].as_str().unwrap().replace(' ', "")).collect()
}

#[test]
fn a_run_tells_what_failed_and_writes_every_result() {
    let stderr = String::from_utf8_lossy(&results().output.stderr).into_owned();
    assert_eq!(results().output.status.code(), Some(1), "{stderr}");
    assert!(stderr.contains("broken.png") && stderr.contains("id-card.jpg-2.json"), "{stderr}");
    let broken = result("broken.png.json");
    assert!(broken["error"].is_string() && broken["pages"].as_array().unwrap().is_empty());
    let names = |folder: &Path| std::fs::read_dir(folder).unwrap().count();
    let inputs = names(&sample()) + 2;
    assert_eq!(names(&results().folder.path().join("out")), inputs, "no other file stays");
}

#[test]
fn the_pages_are_read_and_known() {
    let cases: [(&str, &[&str]); 3] = [
        (
            "invoice.png.json",
            &["24312000000187654329", "上海澄远信息技术有限公司", "91330106MA2KJ7T492", "叁仟叁佰玖拾圆整"],
        ),
        ("id-card.jpg.json", &["顾南乔", "110105198803174821"]),
        ("letter.png.json", &["关于召开年度档案工作会议的通知", "021-55501234"]),
    ];
    for (name, expected) in cases {
        let result = result(name);
        assert!(result["error"].is_null() && result["pages"][0]["error"].is_null(), "{name}");
        let text = text(&result);
        for part in expected {
            assert!(text.contains(part), "{name} lacks {part}: {text}");
        }
        assert_eq!(result["pages"][0]["rotation"], 0, "{name}");
    }
}

/// A sample page, its kind, and values that it must give.
type Case = (&'static str, &'static str, &'static [(&'static str, &'static str)]);

#[test]
fn fields_are_filled_from_what_is_printed() {
    let cases: [Case; 3] = [
        (
            "invoice.png.json",
            "vat_invoice",
            &[
                ("number", "24312000000187654329"),
                ("issue_date", "2024-05-17"),
                ("buyer_name", "上海澄远信息技术有限公司"),
                ("seller_id", "91330106MA2KJ7T492"),
                ("total", "3390.00"),
                ("total_in_words", "叁仟叁佰玖拾圆整"),
            ],
        ),
        (
            "id-card.jpg.json",
            "id_card",
            &[("name", "顾南乔"), ("sex", "女"), ("birth", "1988-03-17"), ("number", "110105198803174821")],
        ),
        ("letter.png.json", "document", &[]),
    ];
    for (name, kind, fields) in cases {
        let result = result(name);
        let document = &result["documents"][0];
        assert_eq!(document["kind"], kind, "{name}");
        assert_eq!(document["issues"].as_array().map(Vec::len), Some(0), "{name}: {}", document["issues"]);
        for (key, value) in fields {
            assert_eq!(document["fields"][key]["value"], *value, "{name}: {key}");
        }
    }
}

#[test]
fn doctor_passes_with_the_components_there() {
    results();
    let output = Command::new(env!("CARGO_BIN_EXE_luru")).arg("doctor").output().unwrap();
    let stdout = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{stdout}");
}

#[test]
fn other_formats_are_written() {
    results();
    let folder = tempfile::tempdir().unwrap();
    for (format, name) in [("xlsx", "luru.xlsx"), ("csv", "id-card.jpg.csv"), ("txt", "id-card.jpg.txt")] {
        let output = luru(folder.path())
            .args(["--format", format, "--out"])
            .arg(folder.path())
            .arg(sample().join("id-card.jpg"))
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        assert!(folder.path().join(name).metadata().is_ok_and(|m| m.len() > 0), "{name}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_page_that_was_read_before_is_not_read_again() {
    results();
    let folder = tempfile::tempdir().unwrap();
    let read = |name: &str, more: &[&str]| -> Value {
        let out = folder.path().join(name);
        let card = sample().join("id-card.jpg");
        let status = luru(folder.path()).args(more).arg(card).arg("--out").arg(&out).status().unwrap();
        assert!(status.success());
        serde_json::from_slice(&std::fs::read(out.join("id-card.jpg.json")).unwrap()).unwrap()
    };
    let values = |result: &Value| -> Vec<Value> {
        let fields = result["documents"][0]["fields"].as_object().unwrap();
        fields.values().map(|f| f["value"].clone()).collect()
    };
    let recognized = |result: &Value| result["timings_ms"]["recognize"].as_f64().unwrap() > 0.0;
    let unkept = read("unkept", &["--no-cache"]);
    assert!(recognized(&unkept));
    let first = read("first", &[]);
    assert!(recognized(&first), "nothing was kept by --no-cache");
    let second = read("second", &[]);
    assert!(!recognized(&second));
    assert!(!values(&first).is_empty());
    assert_eq!(values(&first), values(&second));
    assert_eq!(text(&first), text(&second));
}

/// A page as a photograph sees it: each corner of the picture goes to the one named, on a grey table.
fn photographed(page: &image::RgbImage, corners: [[f32; 2]; 4]) -> image::RgbImage {
    use luru::geometry::{Homography, Point, Quad};
    let (width, height) = page.dimensions();
    let sheet = Quad::from_rect(0.0, 0.0, width as f32, height as f32);
    let seen = Quad(corners.map(Point::from));
    let back = Homography::between(&seen, &sheet).unwrap();
    let around = seen.bounds();
    image::RgbImage::from_fn(around.right as u32 + 40, around.bottom as u32 + 40, |x, y| {
        let p = back.apply(Point::new(x as f32, y as f32));
        let inside = p.x >= 0.0 && p.y >= 0.0 && p.x < width as f32 - 1.0 && p.y < height as f32 - 1.0;
        if !inside {
            return image::Rgb([150; 3]);
        }
        // Between the four pixels around.
        let (left, top) = (p.x.floor(), p.y.floor());
        let (u, v) = (p.x - left, p.y - top);
        let at = |dx: u32, dy: u32| page.get_pixel(left as u32 + dx, top as u32 + dy).0;
        let (a, b, c, d) = (at(0, 0), at(1, 0), at(0, 1), at(1, 1));
        image::Rgb(std::array::from_fn(|i| {
            let upper = f32::from(a[i]) * (1.0 - u) + f32::from(b[i]) * u;
            let lower = f32::from(c[i]) * (1.0 - u) + f32::from(d[i]) * u;
            (upper * (1.0 - v) + lower * v) as u8
        }))
    })
}

#[test]
fn a_form_of_ones_own_is_told_and_read_on_turned_and_photographed_pages() {
    luru::components::ensure(&mut |notice| eprintln!("{notice}")).expect("components are there or come");
    let folder = tempfile::tempdir().unwrap();
    let page = image::open(sample().join("letter.png")).unwrap().to_rgb8();
    let (w, h) = (page.width() as f32, page.height() as f32);
    let views = [
        ("turned.png", [[90.0, 20.0], [w + 80.0, 90.0], [w, h + 80.0], [10.0, h + 10.0]]),
        ("photo.png", [[160.0, 60.0], [w - 40.0, 130.0], [w + 90.0, h - 60.0], [30.0, h + 20.0]]),
    ];
    for (name, corners) in views {
        photographed(&page, corners).save(folder.path().join(name)).unwrap();
    }
    std::fs::copy(sample().join("letter.png"), folder.path().join("as-it-is.png")).unwrap();
    let template = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/templates/meeting_notice.toml");
    let mut command = Command::new(env!("CARGO_BIN_EXE_luru"));
    command.args(["template", "check"]).arg(&template).arg(folder.path()).args(["--format", "json"]);
    let output = command.env("XDG_CACHE_HOME", folder.path().join("cache")).output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    let result: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|e| panic!("{e}: {stderr}"));
    assert_eq!(output.status.code(), Some(0), "{result:#}\n{stderr}");
    let samples = result["samples"].as_array().unwrap();
    assert_eq!(samples.len(), 3);
    for sample in samples {
        let (file, document) = (&sample["file"], &sample["document"]);
        assert_eq!(sample["recognised"], true, "{file}");
        assert_eq!(document["form"]["found"], 5, "{file}: {document:#}");
        assert!(document["form"]["residual_px"].as_f64().unwrap() < 12.0, "{file}: {document:#}");
        let value = |key: &str| document["fields"][key]["value"].as_str().unwrap_or_default().to_owned();
        assert_eq!(value("contact"), "周闻笛", "{file}");
        assert_eq!(value("phone"), "021-55501234", "{file}");
        assert_eq!(value("date"), "2024-06-03", "{file}");
        assert!(value("participants").contains("各部门负责人及档案员"), "{file}");
    }
}
