//! The program: see [`luru::cli`].

use std::process::ExitCode;

fn main() -> ExitCode {
    luru::cli::run()
}
