#!/usr/bin/env bash
# Coverage-guided fuzzing of the core (libFuzzer, AddressSanitizer): `ci/fuzz.sh [seconds per target] [target…]`.
# A finding leaves its input in target/fuzz/<target>/; replay it with the binary named in the output.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:-20}; shift || true
if ! rustup run nightly rustc --version >/dev/null 2>&1; then
  echo "SKIPPED: fuzzing needs a nightly compiler (rustup toolchain install nightly)"; exit 0
fi
out=${CARGO_TARGET_DIR:-$PWD/target}/fuzz
host=$(rustup run nightly rustc -vV | sed -n 's/^host: //p')
# What cargo-fuzz passes; naming the target keeps build scripts and macros out of the instrumentation.
flags="--cfg fuzzing -Zsanitizer=address -Cpasses=sancov-module -Ccodegen-units=1
  -Cllvm-args=-sanitizer-coverage-level=4 -Cllvm-args=-sanitizer-coverage-inline-8bit-counters
  -Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares"
RUSTFLAGS=$(echo $flags) CARGO_TARGET_DIR=$out rustup run nightly cargo build --quiet --locked --release --target "$host" \
  --manifest-path firmware/signaling/fuzz/Cargo.toml
targets=("$@")
[ ${#targets[@]} -gt 0 ] || mapfile -t targets < <(basename -s .rs -a firmware/signaling/fuzz/fuzz_targets/*.rs)
for target in "${targets[@]}"; do
  mkdir -p "$out/$target/corpus"
  echo "fuzzing $target for $seconds s"
  "$out/$host/release/$target" -max_total_time="$seconds" -max_len=32768 -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
    -artifact_prefix="$out/$target/" "$out/$target/corpus" >"$out/$target/log" 2>&1 ||
    { tail -30 "$out/$target/log"; echo "$target: FAILED"; exit 1; }
  grep -E 'stat::number_of_executed_units|^#.*DONE' "$out/$target/log" | tail -2
done
