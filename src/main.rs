//! The program: the command line of [`luru::cli`], the window of [`luru::ui`].

use std::process::ExitCode;

fn main() -> ExitCode {
    luru::cli::run(luru::ui::run)
}
