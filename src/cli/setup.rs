//! `luru setup`: brings in and verifies the components, saying what it does.

use std::sync::atomic::AtomicBool;

use crate::components::{Installer, Places};

use super::{Status, progress::DownloadProgress};

pub(super) fn run() -> anyhow::Result<Status> {
    let progress = DownloadProgress::new();
    let places = Places::of_this_machine();
    // Ctrl-C ends pip together with this process; what was complete stays, the rest is swept next time.
    let result = Installer::new(&places)
        .and_then(|installer| installer.run(&AtomicBool::new(false), &mut |p| progress.show(p)));
    match result {
        Ok(components) => {
            let paths = [
                &components.onnx_runtime,
                &components.pdfium,
                &components.detection,
                &components.recognition,
                &components.line_direction,
            ];
            for path in paths {
                eprintln!("  {}", path.display());
            }
            eprintln!("组件齐全 / all components are there");
            Ok(Status::Ok)
        }
        Err(error) => {
            eprintln!("{error}");
            Ok(Status::NoComponents)
        }
    }
}
