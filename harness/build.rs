//! Embeds the scenario library, so that the installed program works in any directory.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let variable = |name: &str| env::var_os(name).ok_or_else(|| io::Error::other(name.to_owned()));
    let root = PathBuf::from(variable("CARGO_MANIFEST_DIR")?).join("../scenarios");
    println!("cargo::rerun-if-changed={}", root.display());
    let mut files = Vec::new();
    if root.is_dir() {
        collect(&root, &mut files)?;
    }
    files.sort();
    let mut code = String::from("&[\n");
    for file in &files {
        let below = file.strip_prefix(&root).map_err(io::Error::other)?.with_extension("");
        let id = below.components().map(|part| part.as_os_str().to_string_lossy().into_owned());
        let id = id.collect::<Vec<_>>().join("/");
        let path = file.canonicalize()?;
        writeln!(code, "    ({id:?}, include_str!({:?})),", path.display().to_string())
            .map_err(io::Error::other)?;
    }
    code.push_str("]\n");
    fs::write(PathBuf::from(variable("OUT_DIR")?).join("builtin.rs"), code)
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            println!("cargo::rerun-if-changed={}", path.display());
            collect(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "yaml") {
            files.push(path);
        }
    }
    Ok(())
}
