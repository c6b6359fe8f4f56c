//! Measures `models/ranges.toml`: the values that are multiplied with the recognition network's weights.
//!
//! `LURU_CORPUS=FOLDER cargo test --release --lib measure_ranges -- --ignored --nocapture > models/ranges.toml`,
//! without the lines of the test runner. Every so many pictures of the folder are read.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    sync::{Arc, Mutex},
};

use image::RgbImage;
use ndarray::{Array4, s};
use ort::{session::Session as Runtime, value::TensorRef};
use prost::Message;

use super::{
    OcrError,
    detection::Detector,
    onnx::{Model, Node, Output},
    quantization::Ranges,
    recognition,
    session::{Network, Session, plain},
    warp::{Scaler, fill_input},
};
use crate::components;

/// Pictures of the folder that are looked at.
const PICTURES: usize = 60;
/// Lines of each that are read.
const LINES: usize = 8;
/// Convolutions, and matrices, with fewer weights take little time.
const CONVOLUTION: i64 = 4000;
const MATRIX: i64 = 1_000_000;

/// A network that gives up the inputs of its larger products.
struct Probe {
    session: Runtime,
    ranges: Ranges,
}

impl Probe {
    fn load(runtime: &Path, model: &Path) -> Self {
        let bytes = std::fs::read(model).expect("the model can be read");
        let mut model = Model::decode(bytes.as_slice()).expect("an ONNX model");
        let graph = model.graph.as_mut().expect("a graph");
        let weights: BTreeMap<&str, i64> =
            graph.tensors.iter().map(|t| (t.name(), t.dims.iter().product())).collect();
        let is_large = |name: Option<&String>, least: i64| {
            name.and_then(|n| weights.get(n.as_str())).is_some_and(|count| *count >= least)
        };
        // Of the matrices the last one, over all characters, is the one that counts; those of the attention
        // before it are small and must be exact.
        let is_product = |n: &&Node| match n.operator() {
            "Conv" => is_large(n.inputs.get(1), CONVOLUTION),
            "MatMul" => is_large(n.inputs.get(1), MATRIX),
            _ => false,
        };
        let large = graph.nodes.iter().filter(is_product);
        let names: BTreeSet<String> = large.map(|n| n.inputs[0].clone()).collect();
        graph.outputs.extend(names.into_iter().map(Output::named));
        let session = plain(runtime, &model.encode_to_vec()).expect("the model can be loaded");
        Self { session, ranges: Ranges::new() }
    }

    fn see(&mut self, picture: &RgbImage) {
        let (width, height) = (picture.width() as usize, picture.height() as usize);
        let mut input = Array4::zeros((1, 3, height, width));
        fill_input(input.slice_mut(s![0, .., .., ..]), picture);
        let input = TensorRef::from_array_view(input.view()).expect("a tensor");
        let outputs = self.session.run(ort::inputs![input]).expect("the network runs");
        for (name, value) in outputs.iter().skip(1) {
            let value = value.try_extract_array::<f32>().expect("floats");
            // A tensor without an extent feeds a convolution that takes no time.
            if value.ndim() == 4 && value.shape()[2..].contains(&1) {
                continue;
            }
            let range = self.ranges.entry(name.to_owned()).or_insert((0.0, 0.0));
            *range = value.iter().fold(*range, |(low, high), v| (low.min(*v), high.max(*v)));
        }
    }

    fn print(&self, title: &str) {
        println!("[{title}]");
        for (name, (low, high)) in &self.ranges {
            println!("\"{name}\" = [{low:.2}, {high:.2}]");
        }
    }
}

#[test]
#[ignore = "measures the ranges over the pictures in LURU_CORPUS"]
fn measure_ranges() -> Result<(), OcrError> {
    let folder = std::env::var_os("LURU_CORPUS").expect("LURU_CORPUS names a folder of pictures");
    let files = components::locate().expect("the components are there");
    let session = Session::load(&files.onnx_runtime, Network::Detection, &files.detection, 1)?;
    let mut detector = Detector::new(Arc::new(Mutex::new(session)));
    let mut lines = Probe::load(&files.onnx_runtime, &files.recognition);
    let files = walkdir::WalkDir::new(folder).sort_by_file_name().into_iter().filter_map(Result::ok);
    let pictures: Vec<_> = files.filter(|e| e.path().extension().is_some_and(|x| x == "jpg")).collect();
    let mut scaler = Scaler::default();
    for file in pictures.iter().step_by((pictures.len() / PICTURES).max(1)) {
        let page = image::open(file.path()).expect("a picture").into_rgb8();
        let quads = detector.detect(&page, &mut scaler)?;
        for quad in quads.iter().step_by((quads.len() / LINES).max(1)) {
            if let Some(crop) = recognition::crop(&mut scaler, &page, quad) {
                lines.see(&crop);
            }
        }
    }
    lines.print("recognition");
    Ok(())
}
