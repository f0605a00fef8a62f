//! Hands the linker its script. Not in `.cargo/config.toml`: `RUSTFLAGS` in the environment would replace it there.

fn main() {
    // esp-hal's, which finds the others.
    println!("cargo:rustc-link-arg-bins=-Tlinkall.x");
    println!("cargo:rerun-if-changed=build.rs");
}
