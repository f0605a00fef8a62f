#!/usr/bin/env bash
# The C API as a package for this machine: headers, both libraries, pkg-config, and beside them the notices of everything
# that is linked into them, into target/dist. `ci/capi-package.sh [CARGO OPTIONS]`, such as
# `--no-default-features --features host` beside the SDK's own libraries.
set -euo pipefail
cd "$(dirname "$0")/.."
out=${CARGO_TARGET_DIR:-$PWD/target}
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -1)
host=$(rustc -vV | sed -n 's/^host: //p')
name=kvs-capi-$version-$host
dist=$out/dist/$name

# Paths of the machine that builds have no business in a library.
export CARGO_PROFILE_RELEASE_DEBUG=none CARGO_INCREMENTAL=0
export RUSTFLAGS="--remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=/cargo --remap-path-prefix=$PWD=/source"
cargo build --release --locked -p kvs-capi "$@"

rm -rf "$dist" && mkdir -p "$dist/lib/pkgconfig" "$dist/doc"
cp "$out/release/libkvs_capi.a" "$out/release/libkvs_capi.so" "$dist/lib/"
cp -R firmware/capi/include "$dist/"
# pkg-config finds the package where it was unpacked.
sed 's|^prefix=.*|prefix=${pcfiledir}/../..|' firmware/capi/kvs-capi.pc > "$dist/lib/pkgconfig/kvs-capi.pc"
cp firmware/capi/docs/*.md "$dist/doc/"
cp LICENSE NOTICE "$dist/"
cargo metadata --format-version 1 --locked --filter-platform "$host" | python3 ci/third_party.py kvs-capi > "$dist/THIRD-PARTY.txt"
# Of Rust's standard library, which is linked too; Debian's compiler keeps it elsewhere.
for notice in "$(rustc --print sysroot)"/share/doc/rust/COPYRIGHT-library.html /usr/share/doc/libstd-rust-web-dev/copyright; do
  [ ! -r "$notice" ] || cp "$notice" "$dist/RUST-$(basename "$notice")"
done
tar -C "$out/dist" --sort=name --owner=0 --group=0 --mtime="@$(git log -1 --format=%ct)" -czf "$out/dist/$name.tar.gz" "$name"
( cd "$out/dist" && sha256sum "$name.tar.gz" > "$name.tar.gz.sha256" && ls -lR "$name" )
