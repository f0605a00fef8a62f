#!/usr/bin/env bash
# What the GitHub action (ci/action) and the GitLab template (ci/gitlab.yml) do: `ci/scenario.sh build`, then, in the
# project under test, `ci/scenario.sh run`. harness/docs/ci.md lists the SCENARIO_* variables that steer it.
set -euo pipefail
source=$(cd "$(dirname "$0")/.." && pwd)
target=${CARGO_TARGET_DIR:-$source/target}
# One a line: a command after `exec:` has spaces.
mapfile -t boards < <(printf '%s\n' "${SCENARIO_BOARDS:-sim}" | sed 's/^ *//; s/ *$//; /^$/d')

fail() { printf 'ci/scenario.sh: %s\n' "$*" >&2; exit 64; }
has() { printf '%s\n' "${boards[@]}" | grep -q "^$1"; }

build() {
  local features=()
  # Flashing costs a minute of compiling, which other boards need not pay.
  if has serial: || has qemu-esp32c3; then features=(--features harness/boards); fi
  # Both at once: their dependencies have the same features then, and are built once.
  ( cd "$source" && cargo build --release --locked -p harness -p kvs-port-host "${features[@]}" )
  [ -z "${SCENARIO_IMAGE:-}" ] || return 0
  # A project without an image of its own is judged with ours.
  if has 'qemu$'; then "$source/ci/qemu.sh"; fi
  if has qemu-esp32c3; then "$source/ci/esp32c3.sh"; fi
}

# The image that `build` made for the one board that needs one.
our_image() {
  local bare=$target/bare-metal/riscv32imc-unknown-none-elf/release
  local found=()
  if has host; then found+=("$target/release/kvs-port-host"); fi
  if has 'qemu$'; then found+=("$bare/kvs-port-qemu-virt"); fi
  if has qemu-esp32c3; then found+=("$bare/kvs-port-esp32c3-qemu"); fi
  [ ${#found[@]} -le 1 ] || fail "SCENARIO_BOARDS names several boards that need an image: one of them a job"
  printf '%s' "${found[*]}"
}

run() {
  local words=() image=${SCENARIO_IMAGE:-} board word
  for board in "${boards[@]}"; do words+=(--board "$board"); done
  [ -n "$image" ] || image=$(our_image)
  [ -z "$image" ] || words+=(--image "$image")
  for word in filter bench partition baseline profile deny; do
    local variable=SCENARIO_${word^^}
    if [ -n "${!variable:-}" ]; then words+=("--$word" "${!variable}"); fi
  done
  # GitLab numbers the jobs of `parallel:`.
  if [ -z "${SCENARIO_PARTITION:-}" ] && [ "${CI_NODE_TOTAL:-1}" -gt 1 ]; then
    words+=(--partition "$CI_NODE_INDEX/$CI_NODE_TOTAL")
  fi
  # shellcheck disable=SC2086 # paths and ids, words by contract
  "$target/release/scenario" run ${SCENARIO_PATHS:-} "${words[@]}" --out "${SCENARIO_OUT:-scenario-report}"
}

case ${1:-} in
  build | run) "$1" ;;
  *) fail "say 'build' or 'run'" ;;
esac
