//! `luru audit verify`: whether an exported audit log is as it was written.

use std::path::Path;

use crate::export::audit_log;

use super::{Status, output::print};

pub(super) fn verify(file: &Path) -> anyhow::Result<Status> {
    match audit_log::verify_file(file) {
        Ok(verified) => {
            let text = format!(
                "完好：{} 条，校验值 {} / intact: {0} entries, hash {1}",
                verified.entries, verified.head
            );
            print(text.as_bytes())?;
            Ok(Status::Ok)
        }
        Err(error) => {
            eprintln!("{error}");
            Ok(Status::SomeFailed)
        }
    }
}
