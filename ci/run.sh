#!/usr/bin/env bash
# Everything that must hold, from a fresh clone: `ci/run.sh`, or some of its stages: `ci/run.sh fmt test`.
# Needs a Rust toolchain (1.95 or newer) and, on Debian, root for the packages of the stages `test`, `bare`, `espidf`, `qemu` and `esp32c3`.
# Downloads and build outputs stay in target/; only installing packages and the target's core library writes elsewhere.
set -euo pipefail
cd "$(dirname "$0")/.."
export CARGO_TERM_COLOR=${CARGO_TERM_COLOR:-never} CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$PWD/target}
# Dependencies' debug info is never read here, and costs minutes and gigabytes.
export CARGO_PROFILE_DEV_DEBUG=line-tables-only CARGO_INCREMENTAL=0
# With the boards on serial ports, which the first command leaves out.
all_of_it='--features harness/boards'

stage_fmt()    {
  cargo fmt --all -- --check
  for port in embassy esp32c3 qemu-virt; do ( cd firmware/ports/$port && cargo fmt -- --check ); done
}
stage_clippy() {
  cargo clippy --workspace --all-targets $all_of_it --locked -- -D warnings
  # As the first command of the README builds it: without boards on serial ports.
  cargo clippy -p harness --locked -- -D warnings
  # The C API's other platform, which the workspace's features leave out.
  cargo clippy --locked -p kvs-capi --no-default-features --features idf,credential-providers,global-init -- -D warnings
  # The broken clients of the test suite are code too; a target of their own keeps the normal build warm.
  RUSTFLAGS='--cfg kvs_mutants' CARGO_TARGET_DIR="$CARGO_TARGET_DIR/mutants" \
    cargo clippy --locked -p kvs-signaling -p kvs-device -p kvs-port-host -- -D warnings
}
stage_test() {
  ci/packages.sh
  # A test whose tool is absent passes for cargo; what it says of that is shown and counted.
  cargo test --workspace $all_of_it --locked -- --show-output 2>&1 | tee "$CARGO_TARGET_DIR/test.log"
}
stage_bare()   { ci/bare-metal.sh; }
stage_espidf() { ci/esp-idf.sh; }
stage_fuzz()   { ci/fuzz.sh; }
stage_scenarios() {
  cargo build --release --locked -p harness -p kvs-port-host
  cargo scenario run --profile ci --out "$CARGO_TARGET_DIR/scenario/ci"
  # What others' CI runs of us; ci/packages.sh installs its linter.
  local python=$CARGO_TARGET_DIR/tools/python/bin/python
  if [ -x "$python" ]; then "$python" ci/templates.py; else echo "SKIPPED: ci/templates.py: no $python"; fi
}
# The same firmware as machine code of its own processor, in an emulator.
stage_qemu() {
  ci/qemu.sh
  # With the features of the stage `test`, whose builds are then these.
  cargo test --workspace $all_of_it --locked --test a_guest_that_dies_says_why
  cargo scenario run --profile ci --board qemu --out "$CARGO_TARGET_DIR/scenario/ci-qemu"
}
# The images for an ESP32-C3, and the flash that each makes; nothing here runs them.
stage_esp32c3() {
  ci/esp32c3.sh
  cargo test --workspace $all_of_it --locked --test the_esp32c3_images_make_a_flash -- --nocapture
  # Its emulator is in no registry; where somebody has it, it is used.
  if qemu-system-riscv32 -M help 2>/dev/null | grep -q '^esp32c3 '; then
    cargo boards run --board qemu-esp32c3 --filter tag:smoke --out "$CARGO_TARGET_DIR/scenario/ci-qemu-esp32c3"
  else
    echo "SKIPPED: board qemu-esp32c3: Espressif's QEMU is not on PATH"
  fi
}
# Links from public pages to private items help whoever reads the source, and are plain text elsewhere.
stage_docs()   {
  RUSTDOCFLAGS='-D warnings -A rustdoc::private-intra-doc-links' cargo doc --workspace --no-deps $all_of_it --locked
}
stage_deny()   { ci/deny.sh; }

all="fmt clippy test bare espidf scenarios qemu esp32c3 docs deny fuzz"
began=$SECONDS report=
for stage in ${*:-$all}; do
  declare -F "stage_$stage" >/dev/null || { echo "ci/run.sh: no stage '$stage'; there are: $all" >&2; exit 64; }
  printf '\n=== %s\n' "$stage"
  at=$SECONDS
  # Not `if stage`: there bash would go on after a command that failed.
  set +e; (set -e; "stage_$stage"); status=$?; set -e
  if [ "$status" = 0 ]; then result=ok; else result=FAILED; fi
  [ "$stage" != test ] || result+=", $(grep -ac '^SKIPPED' "$CARGO_TARGET_DIR/test.log" || true) skipped"
  report+=$(printf '%-10s %5d s  %s' "$stage" $((SECONDS - at)) "$result")$'\n'
  [ "$status" = 0 ] || break
done
printf '\n=== seconds per stage\n%stotal      %5d s\n' "$report" $((SECONDS - began))
[ "$status" = 0 ]
