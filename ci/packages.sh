#!/usr/bin/env bash
# What some tests talk to and nobody else needs: a TURN server, other languages' tools, real clients from registries.
# Debian packages are installed when their command is absent and we are root; the rest goes to target/tools, where tests
# look for it (`tools/python/bin/python`, `tools/node/node_modules`). A test whose tool is absent prints SKIPPED.
set -euo pipefail
cd "$(dirname "$0")/.."
tools=${CARGO_TARGET_DIR:-$PWD/target}/tools

# command:package
debian="turnutils_uclient:coturn cmake:cmake cc:build-essential node:nodejs npm:npm chromium:chromium python3:python3
  openssl:openssl qemu-system-riscv32:qemu-system-misc clang:clang valgrind:valgrind ip:iproute2 curl-config:libcurl4-openssl-dev"
# Pinned: a registry's news must not turn a build red.
python="pytest==8.4.2 toxiproxy-python==0.1.1 botocore==1.44.5 openapi-spec-validator==0.9.0
  check-jsonschema==0.39.0 esp32-mock-bootloader==0.3.0 esptool==5.6.0 dnspython==2.9.2"
node="toxiproxy-node-client@4.1.0"

wanted=
for pair in $debian; do
  command -v "${pair%%:*}" >/dev/null || wanted+=" ${pair#*:}"
done
# Its module is a package of its own on Debian, and has no command.
python3 -c 'import ensurepip' 2>/dev/null || wanted+=" python3-venv"
# Headers have none either.
[ -e /usr/include/openssl/ssl.h ] || wanted+=" libssl-dev"
if [ -n "$wanted" ]; then
  if [ "$(id -u)" = 0 ]; then as_root=; else as_root=sudo; fi
  if command -v apt-get >/dev/null && { [ -z "$as_root" ] || sudo -n true 2>/dev/null; }; then
    echo "installing:$wanted"
    $as_root apt-get update -qq
    # shellcheck disable=SC2086 # words
    DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq --no-install-recommends $wanted >/dev/null ||
      echo "SKIPPED: Debian packages:$wanted: apt-get failed; tests that need them are skipped"
  else
    echo "SKIPPED: Debian packages:$wanted: no root or no apt-get; tests that need them are skipped"
  fi
fi

# once NAME LIST: whether what stands in tools/NAME was made of another list.
once() { [ "$(cat "$tools/$1/installed" 2>/dev/null)" != "$2" ]; }
mkdir -p "$tools"
if once python "$python"; then
  # shellcheck disable=SC2086 # words
  python3 -m venv --clear "$tools/python" && "$tools/python/bin/pip" install --quiet --disable-pip-version-check $python &&
    printf '%s\n' "$python" > "$tools/python/installed" ||
    echo "SKIPPED: Python packages: pip failed; tests that need them are skipped"
fi
if once node "$node"; then
  # shellcheck disable=SC2086 # words
  mkdir -p "$tools/node" && npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$tools/node" $node &&
    printf '%s\n' "$node" > "$tools/node/installed" ||
    echo "SKIPPED: Node packages: npm failed; tests that need them are skipped"
fi
echo "tests' tools are in $tools"
