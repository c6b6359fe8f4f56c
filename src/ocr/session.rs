//! The one type through which networks are run. Owns the inference runtime's environment.

use std::{
    path::Path,
    sync::{Mutex, PoisonError},
};

use ndarray::{ArrayView, ArrayViewD, Dimension};
use ort::{environment::Environment, value::TensorRef};

use super::OcrError;

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
    let environment = ort::init_from(runtime_library)
        .map_err(|e| OcrError::Runtime { path: runtime_library.to_owned(), detail: e.to_string() })?
        .with_name("luru")
        .with_telemetry(false)
        .build()
        .map_err(failed)?;
    Ok(slot.insert(environment).clone())
}

/// A loaded network with one input and one output of 32-bit floats.
pub struct Session {
    session: ort::session::Session,
}

impl Session {
    /// Loads the network at `model`, running on `threads` threads.
    pub fn load(runtime_library: &Path, model: &Path, threads: usize) -> Result<Self, OcrError> {
        let environment = environment(runtime_library)?;
        let damaged = |e: String| OcrError::Model { path: model.to_owned(), detail: e };
        let session = ort::session::Session::builder(&environment)
            .map_err(failed)?
            .with_intra_threads(threads)
            .map_err(failed)?
            // Page sizes differ from run to run: memory patterns would be planned anew each time.
            .with_memory_pattern(false)
            .map_err(failed)?
            .commit_from_file(model)
            .map_err(|e| damaged(e.to_string()))?;
        Ok(Self { session })
    }

    /// A metadata entry of the model file.
    pub fn metadata(&self, key: &str) -> Option<String> {
        self.session.metadata().ok()?.custom(key)
    }

    /// Runs the network and hands its output to `use_output`.
    pub fn run<D: Dimension + 'static, T>(
        &mut self,
        input: ArrayView<'_, f32, D>,
        use_output: impl FnOnce(ArrayViewD<'_, f32>) -> T,
    ) -> Result<T, OcrError> {
        let input = TensorRef::from_array_view(input).map_err(failed)?;
        let outputs = self.session.run(ort::inputs![input]).map_err(failed)?;
        let output = outputs[0].try_extract_array::<f32>().map_err(failed)?;
        Ok(use_output(output))
    }
}
