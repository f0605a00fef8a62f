#!/usr/bin/env bash
# What board `qemu` needs: the emulator, what Mbed TLS is built with, the compiler's bare-metal target; then the image.
# Idempotent: what is there is left alone. Debian packages need root; the image and its objects stay under target/.
set -euo pipefail
cd "$(dirname "$0")/.."
target=riscv32imc-unknown-none-elf
out=${CARGO_TARGET_DIR:-$PWD/target}/bare-metal

# bindgen also needs libclang itself.
ci/debian.sh qemu-system-riscv32:qemu-system-misc clang:clang cmake:cmake ninja:ninja-build libclang.so:libclang-dev
echo "emulator: $(qemu-system-riscv32 --version | head -1)"

cargo=$(ci/riscv-toolchain.sh "$target")
echo "building kvs-port-qemu-virt for $target with: $cargo (the first time about two minutes, most of it Mbed TLS)"
build() { ( cd firmware/ports/qemu-virt && $cargo "$@" --locked --release --target "$target" --target-dir "$out" ); }
build build --features sdk-messages
cp "$out/$target/release/kvs-port-qemu-virt" "$out/$target/release/kvs-port-qemu-virt-sdk-messages"
build build
# Debian's compiler comes without clippy for a bare-metal target; rustup's has it.
if [ "$cargo" = cargo ] && cargo clippy --version >/dev/null 2>&1; then
  ( cd firmware/ports/qemu-virt &&
    cargo clippy --locked --release --target "$target" --target-dir "$out" -- -D warnings )
else
  echo "SKIPPED: clippy of kvs-port-qemu-virt: $cargo has none for $target"
fi
image=$out/$target/release/kvs-port-qemu-virt
echo "image: $image"
# A C3 has neither atomics nor floating point: an ELF that asks for them would run here and trap there.
if command -v readelf >/dev/null; then
  arch=$(readelf -A "$image" 2>/dev/null | sed -n 's/.*Tag_RISCV_arch: *"\(.*\)".*/\1/p')
  echo "instruction set: $arch"
  case $arch in
    *_a[0-9]*|*_f[0-9]*|*_d[0-9]*) echo "the image uses instructions that an ESP32-C3 does not have" >&2; exit 1 ;;
  esac
fi
