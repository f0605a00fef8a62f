#!/usr/bin/env bash
# Prints the cargo command that builds for the bare-metal target(s) given; installs what it needs, says so on stderr.
# Where rustup's servers answer: plain `rustup target add`. Elsewhere, on Debian: the compiler of the package
# rustc-web, whose core and alloc are built once into its sysroot from the package rust-web-src.
# RISCV_TOOLCHAIN=debian takes the second way at once.
set -euo pipefail
targets=("${@:-riscv32imc-unknown-none-elf}")

missing=()
[ "${RISCV_TOOLCHAIN:-}" != debian ] || missing=("${targets[@]}")
for t in "${targets[@]}"; do
  [ "${RISCV_TOOLCHAIN:-}" = debian ] || [ -n "$(ls "$(rustc --print sysroot)/lib/rustlib/$t/lib/"libcore-*.rlib 2>/dev/null)" ] || missing+=("$t")
done
if [ ${#missing[@]} -eq 0 ] ||
  { [ "${RISCV_TOOLCHAIN:-}" != debian ] && timeout 120 rustup target add "${missing[@]}" >/dev/null 2>&1; }; then
  echo cargo; exit 0
fi

if ! { [ -x /usr/bin/rustc ] && [ -x /usr/bin/cargo ] && [ -x /usr/bin/rust-lld ] && [ -d /usr/lib/rustlib/src/rust/library ]; }; then
  echo "rustup cannot add ${missing[*]} from here: installing Debian's rustc-web and its library sources" >&2
  sudo=; [ "$(id -u)" = 0 ] || sudo=sudo
  $sudo apt-get -qq update >&2
  DEBIAN_FRONTEND=noninteractive $sudo apt-get -o DPkg::Lock::Timeout=600 -qq install -y --no-install-recommends \
    rustc-web cargo-web rust-web-src rust-web-llvm lld-22 >&2
fi
lib=$(/usr/bin/rustc --print sysroot)/lib/rustlib
version=$(/usr/bin/rustc -vV | tr '\n' ' ')
todo=()
for t in "${targets[@]}"; do [ "$(cat "$lib/$t/lib/.built-by" 2>/dev/null)" = "$version" ] || todo+=("$t"); done
if [ ${#todo[@]} -gt 0 ]; then
  echo "building core and alloc for ${todo[*]} (about 40 s)" >&2
  work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
  mkdir "$work/src"; echo '#![no_std]' > "$work/src/lib.rs"
  printf '[package]\nname="x"\nversion="0.0.0"\nedition="2021"\n[workspace]\n[profile.release]\npanic="abort"\n' > "$work/Cargo.toml"
  flags=(); for t in "${todo[@]}"; do flags+=(--target "$t"); done
  # embed-bitcode: without it a fat-LTO build against these libraries fails ("Can't find section .llvmbc").
  ( cd "$work" && env -u CARGO_BUILD_TARGET -u CARGO RUSTFLAGS=-Cembed-bitcode=yes RUSTC=/usr/bin/rustc RUSTC_BOOTSTRAP=1 \
      CARGO_TARGET_DIR="$work/t" /usr/bin/cargo build -q --release -Zbuild-std=core,alloc "${flags[@]}" >&2 )
  for t in "${todo[@]}"; do
    rm -rf "${lib:?}/$t"; mkdir -p "$lib/$t/lib"
    for c in core alloc compiler_builtins; do cp "$work/t/$t/release/deps/lib$c"-*.rlib "$lib/$t/lib/"; done
    echo "$version" > "$lib/$t/lib/.built-by"
  done
fi
rustup toolchain link debian /usr >&2 2>/dev/null || true
echo "cargo +debian"
