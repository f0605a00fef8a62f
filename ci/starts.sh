#!/usr/bin/env bash
# Starts a mock-kvs binary, waits until it serves, asks for its health, and ends it: `ci/starts.sh PROGRAM`.
set -euo pipefail
folder=$(mktemp -d)
"$1" --listen 127.0.0.1:0 --admin 127.0.0.1:0 --ca-dir "$folder" --ready-file "$folder/ready.json" --parent-pid $$ >/dev/null &
mock=$!
trap 'kill "$mock" 2>/dev/null || true; rm -rf "$folder"' EXIT
for _ in $(seq 300); do
  [ ! -s "$folder/ready.json" ] || break
  kill -0 "$mock" || exit 1
  sleep 0.1
done
python3 - "$folder/ready.json" <<'PY'
import json, ssl, sys, urllib.error, urllib.request
ready = json.load(open(sys.argv[1]))
assert json.load(urllib.request.urlopen(ready["admin"] + "/health", timeout=10))["status"] == "ok"
try:
    trust = ssl.create_default_context(cadata=ready["ca_pem"])
    urllib.request.urlopen(ready["url"] + "/describeSignalingChannel", b"{}", timeout=10, context=trust)
    sys.exit("an unsigned request was taken")
except urllib.error.HTTPError as refused:
    assert refused.code == 403, refused
PY
kill "$mock" && wait "$mock"
echo "it starts, serves and ends in order: $1"
