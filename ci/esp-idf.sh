#!/usr/bin/env bash
# The C API as a static library for ESP-IDF, one per kind of RISC-V core: `ci/esp-idf.sh [TARGET…]`, default all three.
# ESP-IDF and its linker are not needed. Each library is linked by LLVM's linker as far as that goes without them, which
# tells that every function of the header is there, what the library needs of an image, and how large it is in one.
# Results in target/esp-idf/dist. Installs what it needs; a second run builds only what changed.
set -euo pipefail
cd "$(dirname "$0")/.."
targets=("${@:-riscv32imc-esp-espidf}")
[ $# -gt 0 ] || targets=(riscv32imc-esp-espidf riscv32imac-esp-espidf riscv32imafc-esp-espidf)
out=${CARGO_TARGET_DIR:-$PWD/target}/esp-idf
features=idf,credential-providers,global-init
# Bytes of one function's stack. Tasks have a few KB; more means that something large is built there and then moved.
frame_max=5120

# std's sources must be the compiler's own. Where rustup's servers answer: its component; elsewhere Debian's package.
if [ "${RISCV_TOOLCHAIN:-}" != debian ] && timeout 120 rustup component add rust-src llvm-tools >/dev/null 2>&1; then
  cargo=(cargo) rustc=rustc
else
  RISCV_TOOLCHAIN=debian ci/riscv-toolchain.sh >/dev/null
  cargo=(/usr/bin/cargo) rustc=/usr/bin/rustc
fi
tool() { command -v "$1-22" || command -v "$1" || ls "$($rustc --print sysroot)"/lib/rustlib/*/bin/"$1" 2>/dev/null | head -1; }
lld=$(tool ld.lld) || lld=$(ls "$($rustc --print sysroot)"/lib/rustlib/*/bin/gcc-ld/ld.lld | head -1)

# Quiet, and all at once: most of each is std, one crate after the other.
build() {
  # espidf_time64: since ESP-IDF 5.0 its time_t has 64 bits. The backtrace machinery is of no use without debug information.
  env -u CARGO RUSTC="$rustc" RUSTC_BOOTSTRAP=1 CARGO_INCREMENTAL=0 \
    RUSTFLAGS="--cfg espidf_time64 -Zemit-stack-sizes --remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=/cargo --remap-path-prefix=$PWD=/source" \
    CARGO_PROFILE_RELEASE_OPT_LEVEL=z CARGO_PROFILE_RELEASE_LTO=fat CARGO_PROFILE_RELEASE_CODEGEN_UNITS=1 \
    CARGO_PROFILE_RELEASE_PANIC=abort CARGO_PROFILE_RELEASE_DEBUG=none \
    "${cargo[@]}" rustc --quiet --release --locked --target "$1" --target-dir "$out/$1" -p kvs-capi --lib --crate-type staticlib \
    --no-default-features --features "$features" -Zbuild-std=std,panic_abort -Zbuild-std-features=optimize_for_size
}
echo "building kvs-capi for ${targets[*]} with: ${cargo[*]} (the first time two minutes, most of it std)"
builds=()
for target in "${targets[@]}"; do build "$target" & builds+=($!); done
for process in "${builds[@]}"; do wait "$process"; done

dist=$out/dist
rm -rf "$dist" && mkdir -p "$dist"
api=$(sed -n 's/^STATUS \([A-Za-z]*\)(.*/\1/p' firmware/capi/include/com/amazonaws/kinesis/video/webrtcclient/Include.h)
[ "$(wc -w <<<"$api")" -ge 21 ] || { echo "the header declares $(wc -w <<<"$api") functions: is it still written so?" >&2; exit 1; }
shim=$(grep -o 'kvs_idf_[a-z_]*(' firmware/esp-idf/kvs_webrtc/private_include/kvs_idf.h | tr -d '(')
allowed=$({ grep -v '^#' firmware/esp-idf/symbols.txt; echo "$shim"; } | tr ' ' '\n' | sed '/^$/d' | sort -u)
failed=0
for target in "${targets[@]}"; do
  library=$dist/libkvs_capi-$target.a
  cp "$out/$target/$target/release/libkvs_capi.a" "$library"
  roots=(); for function in $api; do roots+=(-u "$function"); done
  # What no function of the header leads to is left out, as in an image; what is undefined is listed and not fatal.
  "$lld" --gc-sections --warn-unresolved-symbols --error-limit=0 -e 0 "${roots[@]}" "$library" -o "$dist/$target.elf" 2>"$dist/$target.log"
  "$(tool llvm-nm)" "$dist/$target.elf" | awk '{print $NF}' | sort -u > "$dist/$target.names"
  missing=$(comm -23 <(sort -u <<<"$api") "$dist/$target.names")
  if [ -n "$missing" ]; then
    echo "$target lacks functions of the header:" $missing >&2; failed=1
  fi
  needs=$(sed -n 's/.*undefined symbol: //p' "$dist/$target.log" | sort -u)
  surprises=$(comm -13 <(echo "$allowed") <(echo "$needs"))
  if [ -z "$needs" ] || [ -n "$surprises" ]; then
    echo "$target needs what firmware/esp-idf/symbols.txt does not list:" $surprises >&2; failed=1
  fi
  read -r text data bss _ < <("$(tool llvm-size)" "$dist/$target.elf" | tail -1)
  echo
  echo "$target: $(stat -c %s "$library") bytes of archive; in an image $text bytes of code and constants, $((data + bss)) of RAM"
  echo "  exports:" $api
  echo "  needs: $(wc -w <<<"$needs") functions, $(grep -c '^kvs_idf_' <<<"$needs") of them the component's own"
  "$(tool llvm-readobj)" --stack-sizes "$library" 2>/dev/null |
    python3 ci/stack_frames.py "$frame_max" "$dist/$target.names" || failed=1
  rm "$dist/$target".{log,names}
done
( cd firmware/capi && "${cargo[@]}" metadata --format-version 1 --locked --filter-platform "${targets[0]}" --no-default-features --features "$features" ) |
  python3 ci/third_party.py kvs-capi > "$dist/THIRD-PARTY.txt"
echo
echo "licences of $(grep -c '^====' "$dist/THIRD-PARTY.txt") crates in it: $dist/THIRD-PARTY.txt"
exit $failed
