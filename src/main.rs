//! The program: the command line of [`luru::cli`], the window of [`luru::ui`].

use std::process::ExitCode;

fn main() -> ExitCode {
    luru::cli::run(|window| luru::ui::run(luru::ui::Launch { paths: window.paths, private: window.private }))
}
