#!/bin/bash
# Has promtool read /metrics of a server that has painted and refused something, and jq its log.
# Needs Debian's prometheus, jq and curl. Usage: check-metrics.sh LIMN
set -euo pipefail
limn=$(realpath "$1")
repository=$(realpath "$(dirname "$0")/../..")
export LIMN_WEIGHTS=${LIMN_WEIGHTS:-$repository/weights}
work=$(mktemp -d)
server=
stop() { [ -z "$server" ] || kill "$server" 2> /dev/null || true; wait || true; rm -rf "$work"; }
trap stop EXIT
unset XDG_DATA_HOME XDG_STATE_HOME XDG_CACHE_HOME XDG_CONFIG_HOME LIMN_HISTORY LIMN_HOST
export HOME=$work
"$limn" tokens create boss --role admin > "$work/said" 2> /dev/null
token=$(grep -o 'limn_[A-Za-z0-9_-]*' "$work/said" | head -n 1)
"$limn" serve --listen 127.0.0.1:0 --log-format json > "$work/url" 2> "$work/log" &
server=$!
for _ in $(seq 100); do [ -s "$work/url" ] && break; sleep 0.1; done
url=$(sed 's|/enter.*||' "$work/url")
ask() { curl -s -H "X-Api-Key: $token" "$@"; }
ask -d '{"prompt": "a secret fox", "steps": 2, "n": 1}' "$url/v1/images/generations" > /dev/null
ask -d '{"prompt": "naked child"}' "$url/v1/images/generations" > /dev/null
ask "$url/metrics" > "$work/metrics"
promtool check metrics < "$work/metrics"
grep -q '^limn_' "$work/metrics"
[ "$(curl -s "$url/healthz")" = ok ]
[ "$(curl -s -o /dev/null -w '%{http_code}' "$url/metrics")" = 401 ]
kill "$server"; wait "$server" || true
server=
# Every line is an object, and none tells what was asked for or by whose token.
grep '^{' "$work/log" | jq -e -s 'length >= 5 and all(type == "object")' > /dev/null
# Every line is JSON, the hint about the link too.
if grep -v "^{" "$work/log"; then exit 1; fi
if grep -E "secret|$token" "$work/log"; then exit 1; fi
echo "the metrics and the log are well"
