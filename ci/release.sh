#!/usr/bin/env bash
# Static binaries for Linux (musl) of mock-kvs and scenario: built, checked, started, and packed with the licences of
# everything in them and a checksum, into target/dist. `ci/release.sh [TARGET]`, default this machine's architecture.
set -euo pipefail
cd "$(dirname "$0")/.."
target=${1:-$(uname -m)-unknown-linux-musl}
out=${CARGO_TARGET_DIR:-$PWD/target}
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -1)

command -v musl-gcc >/dev/null || {
  if [ "$(id -u)" = 0 ]; then as_root=; else as_root=sudo; fi
  $as_root apt-get update -qq
  DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq --no-install-recommends musl-tools >/dev/null
}
rustup target add "$target" 2>/dev/null || [ -d "$(rustc --print target-libdir --target "$target")" ] || {
  echo "the target $target is not installed, and rustup cannot add it" >&2; exit 1
}
# ring holds C and assembly; paths of the machine that builds have no business in a binary.
export "CC_${target//-/_}=musl-gcc" CARGO_PROFILE_RELEASE_STRIP=symbols CARGO_PROFILE_RELEASE_DEBUG=none CARGO_INCREMENTAL=0
export RUSTFLAGS="--remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=/cargo --remap-path-prefix=$PWD=/source"
cargo build --release --locked --target "$target" -p mock-kvs -p harness

name=mock-kvs-$version-$target
dist=$out/dist/$name
rm -rf "$dist" && mkdir -p "$dist"
for program in mock-kvs scenario; do
  cp "$out/$target/release/$program" "$dist/"
  if readelf -d "$dist/$program" | grep NEEDED; then echo "$program is not static" >&2; exit 1; fi
  "$dist/$program" --version
done
ci/starts.sh "$dist/mock-kvs"
cp LICENSE NOTICE "$dist/"
cargo metadata --format-version 1 --locked --filter-platform "$target" | python3 ci/third_party.py > "$dist/THIRD-PARTY.txt"
tar -C "$out/dist" --sort=name --owner=0 --group=0 --mtime="@$(git log -1 --format=%ct)" -czf "$out/dist/$name.tar.gz" "$name"
( cd "$out/dist" && sha256sum "$name.tar.gz" > "$name.tar.gz.sha256" && ls -l "$name" "$name.tar.gz" )
