#!/usr/bin/env bash
# The images for an ESP32-C3: for boards as it is shipped, for boards with the test console, for Espressif's QEMU. Installs
# what is missing, builds them, says how large they are, and holds what an image must not have. Nothing here runs them.
# With board `qemu` it shares its target folder (target/bare-metal).
set -euo pipefail
cd "$(dirname "$0")/.."
target=riscv32imc-unknown-none-elf
out=${CARGO_TARGET_DIR:-$PWD/target}/bare-metal

# bindgen also needs libclang itself.
ci/debian.sh clang:clang cmake:cmake ninja:ninja-build libclang.so:libclang-dev readelf:binutils
cargo=$(ci/riscv-toolchain.sh "$target")
nm=$(command -v llvm-nm-22 || command -v llvm-nm || command -v nm)

# build NAME [OPTION…]
build() {
  local name=kvs-port-esp32c3-$1 began=$SECONDS; shift
  echo "building $name with: $cargo"
  ( cd firmware/ports/esp32c3 &&
    $cargo build --quiet --locked --release --target "$target" --target-dir "$out" --no-default-features "$@" )
  cp "$out/$target/release/kvs-port-esp32c3" "$out/$target/release/$name"
  echo "built $name in $((SECONDS - began)) s"
}
# bytes IMAGE SECTION…
bytes() {
  local image=$1 sum=0 size; shift
  for section in "$@"; do
    size=$(readelf -SW "$image" | sed -n "s/.*\] ${section//./\\.} *[A-Z_]* *[0-9a-f]* [0-9a-f]* \([0-9a-f]*\) .*/\1/p")
    sum=$((sum + 16#${size:-0}))
  done
  echo $sum
}
# Of code that is kept in RAM there is a copy in flash, of initial values too.
in_ram=".trap .rwtext .rwtext.wifi .data .data.wifi"
report() {
  local image=$1
  # shellcheck disable=SC2086 # words
  printf '%-32s flash %7d bytes, static RAM %6d, left of 320,512 for the stack %6d\n' "$(basename "$image")" \
    "$(bytes "$image" .flash.appdesc .rodata .rodata.wifi .text $in_ram)" "$(bytes "$image" $in_ram .bss .noinit)" \
    "$(bytes "$image" .stack)"
  # A C3 has neither atomics nor floating point, and Espressif's QEMU would run them.
  local arch
  arch=$(readelf -A "$image" 2>/dev/null | sed -n 's/.*Tag_RISCV_arch: *"\(.*\)".*/\1/p')
  echo "  instruction set: $arch"
  case $arch in
    rv32i*_a[0-9]*|rv32i*_f[0-9]*|rv32i*_d[0-9]*|'')
      echo "the image uses instructions that an ESP32-C3 does not have" >&2; exit 1 ;;
  esac
}
# What only a test image has: the console's code, ways to die, broken clients, the mock's certificates.
forbidden='kvs_device7console|kvs_port_embassy5fault5cause|!kvs |told to|constant-backoff|reuse-signed-url|mock-kvs|BEGIN CERT'
found() { { "$nm" "$1"; strings -n 4 "$1"; } | grep -cE "$forbidden" || true; }

build qemu --features qemu,test-console
build wifi-test --features wifi,test-console
build wifi --features wifi
for name in wifi wifi-test qemu; do report "$out/$target/release/kvs-port-esp32c3-$name"; done
tested=$(found "$out/$target/release/kvs-port-esp32c3-wifi-test")
shipped=$(found "$out/$target/release/kvs-port-esp32c3-wifi")
echo "symbols and texts of tests: $tested with the test console, $shipped in the image to be shipped"
[ "$tested" -gt 0 ] && [ "$shipped" -eq 0 ] || {
  { "$nm" "$out/$target/release/kvs-port-esp32c3-wifi"; strings -n 4 "$out/$target/release/kvs-port-esp32c3-wifi"; } |
    grep -E "$forbidden" | head -20 >&2
  echo "an image to be shipped must have none of them" >&2; exit 1
}
if [ "$cargo" = cargo ] && cargo clippy --version >/dev/null 2>&1; then
  ( cd firmware/ports/esp32c3 && for platform in wifi qemu,test-console; do
    cargo clippy --locked --release --target "$target" --target-dir "$out" --no-default-features --features $platform \
      -- -D warnings; done )
else
  echo "SKIPPED: clippy of kvs-port-esp32c3: $cargo has none for $target"
fi
