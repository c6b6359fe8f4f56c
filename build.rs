//! Embeds every document kind of `assets/kinds/`: adding a kind touches no code.

use std::{env, fs, io, path::Path};

fn main() -> io::Result<()> {
    let folder = Path::new("assets/kinds");
    println!("cargo:rerun-if-changed={}", folder.display());
    let mut names = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|e| e == "toml") {
            println!("cargo:rerun-if-changed={}", path.display());
            names.push(path);
        }
    }
    names.sort();
    let mut list = String::from("&[\n");
    for path in names {
        let full = fs::canonicalize(&path)?;
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        list += &format!("    ({name:?}, include_str!({full:?})),\n");
    }
    list += "]\n";
    let out = env::var_os("OUT_DIR").ok_or_else(|| io::Error::other("OUT_DIR is not set"))?;
    fs::write(Path::new(&out).join("kinds.rs"), list)
}
