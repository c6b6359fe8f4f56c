//! Reads pictures with the crate `oar-ocr`, for `benches/peers.py`: seconds and texts as JSON.
//!
//! `read-with-oar-ocr DETECTION RECOGNITION ALPHABET LISTING RESULT`; the runtime's library is named by
//! `ORT_DYLIB_PATH`. Without its line direction network, which costs time and, on turned pages, text.

use std::{collections::BTreeMap, env, error::Error, fs, path::Path, time::Instant};

use oar_ocr::{oarocr::OAROCRBuilder, utils::load_image};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [detection, recognition, alphabet, listing, result] = arguments.as_slice() else {
        return Err("DETECTION RECOGNITION ALPHABET LISTING RESULT".into());
    };
    let reader =
        OAROCRBuilder::new(detection.as_str(), recognition.as_str(), alphabet.as_str()).build()?;
    let listing = fs::read_to_string(listing)?;
    // The first picture is read once beforehand, so that nothing is timed that happens once.
    if let Some(first) = listing.lines().next() {
        reader.predict(vec![load_image(Path::new(first))?])?;
    }
    let (mut texts, start) = (BTreeMap::new(), Instant::now());
    for path in listing.lines() {
        let read = reader.predict(vec![load_image(Path::new(path))?])?;
        let lines = read.iter().flat_map(|page| &page.text_regions).filter_map(|line| line.text.as_ref());
        texts.insert(path, lines.map(|text| text.to_string()).collect::<String>());
    }
    let seconds = start.elapsed().as_secs_f64();
    fs::write(result, serde_json::json!({ "seconds": seconds, "texts": texts }).to_string())?;
    Ok(())
}
