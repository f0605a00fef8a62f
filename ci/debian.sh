#!/usr/bin/env bash
# Installs the Debian packages whose command is absent: `ci/debian.sh COMMAND:PACKAGE…`. A command that ends in `.so` is a library.
set -euo pipefail
wanted=
for pair in "$@"; do
  case ${pair%%:*} in
    *.so) [ -n "$(find /usr/lib -name "${pair%%:*}*" -print -quit 2>/dev/null)" ] || wanted+=" ${pair#*:}" ;;
    *) command -v "${pair%%:*}" >/dev/null || wanted+=" ${pair#*:}" ;;
  esac
done
[ -n "$wanted" ] || exit 0
echo "installing:$wanted"
as_root=; [ "$(id -u)" = 0 ] || as_root=sudo
$as_root apt-get -qq update
# shellcheck disable=SC2086 # words
DEBIAN_FRONTEND=noninteractive $as_root apt-get -o DPkg::Lock::Timeout=600 -qq install -y --no-install-recommends \
  $wanted >/dev/null
