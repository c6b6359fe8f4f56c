//! The one type through which networks are run. Owns the inference runtime's environment.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::{LazyLock, Mutex, PoisonError},
};

use ndarray::{ArrayView, ArrayViewD, Dimension};
use ort::{
    environment::Environment,
    ep::{ArbitrarilyConfigurableExecutionProvider, ExecutionProviderDispatch, OpenVINO},
    session::builder::SessionBuilder,
    value::TensorRef,
};
use prost::Message;

use super::{
    OcrError, memory,
    onnx::Model,
    quantization::{Ranges, quantize},
};

/// The networks that read text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Network {
    Detection,
    Recognition,
    LineDirection,
}

/// The ranges of each network's tensors, by the names of the networks below.
static RANGES: LazyLock<Result<BTreeMap<String, Ranges>, String>> = LazyLock::new(|| {
    let text = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/models/ranges.toml"));
    toml::from_str(text).map_err(|e| e.to_string())
});

impl Network {
    /// Its table in `models/ranges.toml`.
    fn name(self) -> &'static str {
        match self {
            Self::Detection => "detection",
            Self::Recognition => "recognition",
            Self::LineDirection => "line_direction",
        }
    }

    /// The network's last operator, where its results are made here from what goes into it: only few of them
    /// are needed (7 % of the detection's time, 4 % of the recognition's).
    fn last(self) -> Option<&'static str> {
        match self {
            Self::Detection => Some("Sigmoid"),
            Self::Recognition => Some("Softmax"),
            Self::LineDirection => None,
        }
    }

    /// Whether it fills the reading time: it runs on the fastest kernels of this processor, which plan each
    /// new size of input anew.
    fn is_heavy(self) -> bool {
        self != Self::LineDirection
    }

    /// The file at `path` without the last operator, in 8 bits where it is to be `quantized`.
    fn file(self, path: &Path, quantized: bool) -> Result<Vec<u8>, OcrError> {
        let damaged = |detail: String| OcrError::Model { path: path.to_owned(), detail };
        let bytes = fs::read(path).map_err(|e| damaged(e.to_string()))?;
        let Some(last) = self.last() else { return Ok(bytes) };
        let mut model = Model::decode(bytes.as_slice()).map_err(|e| damaged(e.to_string()))?;
        if !model.graph.as_mut().is_some_and(|g| g.drop_last(last)) {
            return Err(damaged(format!("it does not end in {last}")));
        }
        if quantized {
            let ranges = RANGES.as_ref().map_err(|e| damaged(e.clone()))?;
            if let Some(ranges) = ranges.get(self.name()) {
                quantize(&mut model, ranges);
            }
        }
        Ok(model.encode_to_vec())
    }
}

/// The runtime is loaded once a process; sessions keep it alive.
static ENVIRONMENT: Mutex<Option<Environment>> = Mutex::new(None);

fn failed(error: impl std::fmt::Display) -> OcrError {
    OcrError::Inference(error.to_string())
}

fn environment(runtime_library: &Path) -> Result<Environment, OcrError> {
    let mut slot = ENVIRONMENT.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(environment) = &*slot {
        return Ok(environment.clone());
    }
    memory::prepare();
    let environment = ort::init_from(runtime_library)
        .map_err(|e| OcrError::Runtime { path: runtime_library.to_owned(), detail: e.to_string() })?
        .with_name("luru")
        .with_telemetry(false)
        .build()
        .map_err(failed)?;
    Ok(slot.insert(environment).clone())
}

/// Whether this processor multiplies bfloat16 numbers and 8-bit integers in hardware. There OpenVINO takes
/// 0.55 of the time of the runtime's own kernels in bfloat16 (recognition 31 instead of 53 ms for 960 columns,
/// detection 137 instead of 272 ms for 736 × 960 pixels, one thread of a Zen 4 core; in 32-bit numbers both
/// take the same), and for recognition in 8-bit integers 0.7 of that.
fn calculates_in_few_bits() -> bool {
    #[cfg(target_arch = "x86_64")]
    return std::arch::is_x86_feature_detected!("avx512bf16")
        && std::arch::is_x86_feature_detected!("avx512vnni");
    #[cfg(not(target_arch = "x86_64"))]
    false
}

/// How many planned operators a network keeps once the process has grown too large: a size of input takes some
/// hundred, 2 to 4 MB, and the next page of a mixed pile mostly wants another size of detection. 60 pages took 817
/// instead of 922 MB so, and 4 % more time; with 300 for the detection 833 MB in the same time.
fn frugal_plans(network: Network) -> usize {
    match network {
        Network::Detection => 0,
        Network::Recognition | Network::LineDirection => 150,
    }
}

/// OpenVINO on the processor with `threads` threads; of planned operators it keeps so many, as many as OpenVINO will
/// where `None`. Not pinned to a core: each network of one thread
/// would be pinned to the first (two in parallel took 1.10 s for what now takes 0.87).
fn openvino(threads: usize, kept_plans: Option<usize>) -> ExecutionProviderDispatch {
    let mut device = serde_json::json!({ "CPU": {
        "INFERENCE_PRECISION_HINT": "bf16",
        "NUM_STREAMS": "1",
        "INFERENCE_NUM_THREADS": threads.to_string(),
        "ENABLE_CPU_PINNING": "NO",
    }});
    if let Some(plans) = kept_plans {
        device["CPU"]["CPU_RUNTIME_CACHE_CAPACITY"] = plans.to_string().into();
    }
    OpenVINO::default()
        .with_device_type("CPU")
        .with_arbitrary_config("load_config", device)
        .build()
        .error_on_failure()
}

/// A loaded network with one input and one output of 32-bit floats.
pub struct Session {
    /// `None` after a renewal, until it is needed.
    session: Option<ort::session::Session>,
    /// Whose kernels run it, for people.
    pub kernels: &'static str,
    environment: Environment,
    network: Network,
    model: PathBuf,
    threads: usize,
    /// Whether it keeps few plans.
    frugal: bool,
}

impl Session {
    /// Loads the `network` at `model`, running on `threads` threads.
    pub fn load(
        runtime_library: &Path,
        network: Network,
        model: &Path,
        threads: usize,
    ) -> Result<Self, OcrError> {
        let environment = environment(runtime_library)?;
        let loaded = |(session, kernels)| Self {
            session: Some(session),
            kernels,
            environment: environment.clone(),
            network,
            model: model.to_owned(),
            threads,
            frugal: false,
        };
        // Where OpenVINO's libraries cannot be loaded, the runtime's own kernels do the same in more time.
        if network.is_heavy()
            && calculates_in_few_bits()
            && let Ok(session) = on_openvino(&environment, network, model, threads, None)
        {
            return Ok(loaded((session, OPENVINO)));
        }
        let session = builder(&environment, threads)?
            .commit_from_memory(&network.file(model, false)?)
            .map_err(|e| OcrError::Model { path: model.to_owned(), detail: e.to_string() })?;
        Ok(loaded((session, "ONNX Runtime")))
    }

    /// A metadata entry of the model file.
    pub fn metadata(&self, key: &str) -> Option<String> {
        self.session.as_ref()?.metadata().ok()?.custom(key)
    }

    /// Runs the network and hands its output to `use_output`.
    pub fn run<D: Dimension + 'static, T>(
        &mut self,
        input: ArrayView<'_, f32, D>,
        use_output: impl FnOnce(ArrayViewD<'_, f32>) -> T,
    ) -> Result<T, OcrError> {
        let session = match &mut self.session {
            Some(session) => session,
            none => {
                let plans = Some(frugal_plans(self.network));
                none.insert(on_openvino(&self.environment, self.network, &self.model, self.threads, plans)?)
            }
        };
        let input = TensorRef::from_array_view(input).map_err(failed)?;
        let outputs = session.run(ort::inputs![input]).map_err(failed)?;
        let output = outputs[0].try_extract_array::<f32>().map_err(failed)?;
        Ok(use_output(output))
    }

    /// Gives back what the kernels keep for each size of input that was run, and keeps little of it from now on; the
    /// next run loads the network again (0.4 s). Does nothing the second time.
    pub fn renew(&mut self) {
        if self.kernels == OPENVINO && !self.frugal {
            self.session = None;
            self.frugal = true;
        }
    }
}

const OPENVINO: &str = "OpenVINO, int8 / bfloat16";

fn builder(environment: &Environment, threads: usize) -> Result<SessionBuilder, OcrError> {
    ort::session::Session::builder(environment)
        .map_err(failed)?
        .with_intra_threads(threads)
        .map_err(failed)?
        // Page sizes differ from run to run: memory patterns would be planned anew each time.
        .with_memory_pattern(false)
        .map_err(failed)
}

/// A network as it is, on one thread.
#[cfg(test)]
pub fn plain(runtime_library: &Path, model: &[u8]) -> Result<ort::session::Session, OcrError> {
    builder(&environment(runtime_library)?, 1)?.commit_from_memory(model).map_err(failed)
}

fn on_openvino(
    environment: &Environment,
    network: Network,
    model: &Path,
    threads: usize,
    kept_plans: Option<usize>,
) -> Result<ort::session::Session, OcrError> {
    builder(environment, threads)?
        .with_execution_providers([openvino(threads, kept_plans)])
        .map_err(failed)?
        .commit_from_memory(&network.file(model, true)?)
        .map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::components;

    #[test]
    fn the_ranges_are_those_of_the_recognition_network() {
        let ranges = RANGES.as_ref().expect("the table is read");
        let of_tensors = &ranges[Network::Recognition.name()];
        assert!(ranges.len() == 1 && of_tensors.values().all(|(low, high)| *low <= 0.0 && *high > 0.0));
        let files =
            components::ensure(&mut |notice| eprintln!("{notice}")).expect("components are there or come");
        let bytes = fs::read(&files.recognition).expect("the model");
        let mut model = Model::decode(bytes.as_slice()).expect("an ONNX model");
        // Each tensor is multiplied with one set of weights.
        assert_eq!(quantize(&mut model, of_tensors), of_tensors.len());
    }
}
