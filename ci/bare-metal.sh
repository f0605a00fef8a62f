#!/usr/bin/env bash
# Proof that the core, the trace and the pump need neither std nor an allocator: they are built for a bare-metal
# target, and the objects are searched for any use of a global allocator.
set -euo pipefail
cd "$(dirname "$0")/.."
target=riscv32imc-unknown-none-elf
out=${CARGO_TARGET_DIR:-$PWD/target}/bare-metal
cargo=$(ci/riscv-toolchain.sh "$target")
echo "building kvs-trace, kvs-signaling and kvs-device for $target with: $cargo"
nm=$(command -v llvm-nm-22 || command -v llvm-nm || command -v nm)
# build [feature…]: prints the newest rlib of kvs-device.
build() {
  # A fresh file time makes cargo compile it whatever an earlier run left, so that the newest file is the one just made.
  touch firmware/device/src/lib.rs
  CARGO_TARGET_DIR=$out $cargo build --locked --release --target "$target" -p kvs-device "$@" >&2
  find "$out/$target/release/deps" -name 'libkvs_device-*.rlib' -printf '%T@ %p\n' | sort -n | tail -1 | cut -d' ' -f2
}
consoles() { "$nm" "$1" 2>/dev/null | grep -c 'kvs_device7console' || true; }
tested=$(consoles "$(build --features test-console)")
shipped=$(consoles "$(build)")
echo "symbols of the test console: $tested with the feature, $shipped in a production build"
[ "$tested" -gt 0 ] && [ "$shipped" -eq 0 ] || { echo "a production build must have none of the test console" >&2; exit 1; }
if grep -rlE '^\s*extern crate (alloc|std)' firmware/{trace,signaling,device}/src; then
  echo "the crates above must do without alloc and std" >&2; exit 1
fi
for lib in trace signaling device; do
  file=$(ls -t "$out/$target/release/deps/libkvs_$lib"-*.rlib | head -1)
  # nm of another architecture's archive is fine for symbol names; an empty answer would prove nothing.
  symbols=$("$nm" "$file" 2>/dev/null | wc -l)
  if "$nm" "$file" 2>/dev/null | grep -E '__rust_alloc|__rg_alloc|__rdl_alloc'; then
    echo "kvs-$lib calls an allocator" >&2; exit 1
  fi
  echo "kvs-$lib: $(stat -c %s "$file") bytes of rlib, $symbols symbol lines, no allocator among them"
done
