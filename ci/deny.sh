#!/usr/bin/env bash
# Licences, sources and advisories of every dependency (deny.toml).
set -euo pipefail
cd "$(dirname "$0")/.."
version=0.20.2
root=${CARGO_TARGET_DIR:-$PWD/target}/tools
deny=$(command -v cargo-deny || echo "$root/bin/cargo-deny")
if [ ! -x "$deny" ]; then
  echo "installing cargo-deny $version into $root (about 3 minutes)"
  cargo install cargo-deny --version "$version" --locked --quiet --root "$root" --target-dir "$root/build"
  rm -rf "$root/build"
fi
"$deny" --log-level warn check licenses bans sources
# Its own target alone: build dependencies of other targets never come near the image.
for port in esp32c3 qemu-virt; do
  "$deny" --log-level warn --manifest-path firmware/ports/$port/Cargo.toml --config deny.toml \
    --target riscv32imc-unknown-none-elf check licenses bans sources
done
if timeout 60 git ls-remote --quiet https://github.com/RustSec/advisory-db HEAD >/dev/null 2>&1; then
  "$deny" --log-level warn check advisories
else
  echo "SKIPPED: advisories: the RustSec database cannot be reached from here; the hosted workflow checks them"
fi
