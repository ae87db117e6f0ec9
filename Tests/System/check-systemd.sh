#!/bin/bash
# Has systemd-analyze look at the units: whether they are understood, and how much of the system they leave open. Starts the
# server as they do: on a socket that is handed over, telling a manager when it is ready.
# Needs systemd's own tools, curl and python3. Usage: check-systemd.sh LIMN
set -euo pipefail
limn=$(realpath "$1")
repository=$(realpath "$(dirname "$0")/../..")
work=$(mktemp -d)
server=
stop() { [ -z "$server" ] || kill "$server" 2> /dev/null || true; wait || true; rm -rf "$work"; }
trap stop EXIT
# The program need not be installed, nor its page.
sed -e "s|^ExecStart=/usr/bin/limn|ExecStart=$limn|" -e '/^Documentation=/d' "$repository/docs/systemd/limn.service" > "$work/limn.service"
cp "$repository/docs/systemd/limn.socket" "$work/limn.socket"
systemd-analyze verify "$work/limn.service" "$work/limn.socket" 2> "$work/said" || { cat "$work/said"; exit 1; }
if grep -E "limn\.(service|socket)" "$work/said"; then exit 1; fi
# 10 is wide open; below 2 is what systemd calls OK.
systemd-analyze security --offline=true --threshold=15 --no-pager "$work/limn.service" | tail -n 1
"$limn" serve --help | grep -q -- --log-format
echo "the units are well"

unset XDG_DATA_HOME XDG_STATE_HOME XDG_CACHE_HOME XDG_CONFIG_HOME LIMN_HISTORY LIMN_HOST
export HOME=$work
# What a manager hears.
cat > "$work/manager.py" <<'PYTHON'
import socket, sys
heard = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
heard.bind(sys.argv[1])
with open(sys.argv[2], "w", buffering=1) as file:
    while True:
        text = heard.recv(4096).decode()
        print(text, file=file)
        if "STOPPING=1" in text:
            break
PYTHON
begin() {
  rm -f "$work/notify" "$work/heard"
  python3 "$work/manager.py" "$work/notify" "$work/heard" &
  manager=$!
  for _ in $(seq 50); do [ -S "$work/notify" ] && break; sleep 0.1; done
}
# It starts when the first connection comes, and answers that one.
ask() { for _ in $(seq 50); do curl -s --max-time 20 "$@" && return; sleep 0.1; done; return 1; }
finish() {
  grep -q '^READY=1$' "$work/heard"
  kill "$server"; wait "$server" || true
  wait "$manager"
  grep -q '^STOPPING=1$' "$work/heard"
  if grep -v '^{' "$work/log" | grep -v '^\(Listening\|Received\|Communication\|Execing\|http\)' | grep .; then exit 1; fi
  server=
}
activate=$(command -v systemd-socket-activate)

port=$((20000 + RANDOM % 20000))
begin
"$activate" -l "127.0.0.1:$port" -E NOTIFY_SOCKET="$work/notify" -E HOME "$limn" serve --log-format json > "$work/out" 2> "$work/log" &
server=$!
[ "$(ask "http://127.0.0.1:$port/healthz")" = ok ]
grep -q "^http://127.0.0.1:$port/enter?key=" "$work/out"
finish
echo "it serves on a socket of the network that is handed over, and tells when it is ready and when it ends"

begin
"$activate" -l "$work/limn.sock" -E NOTIFY_SOCKET="$work/notify" -E HOME "$limn" serve --log-format json > "$work/out" 2> "$work/log" &
server=$!
[ "$(ask --unix-socket "$work/limn.sock" http://localhost/healthz)" = ok ]
# The kernel says who asks.
curl -s --unix-socket "$work/limn.sock" http://localhost/api/v1/me | grep -q '"name":"'"$(id -un)"'"'
finish
[ -S "$work/limn.sock" ]
echo "and on one of this machine"

status=0
"$activate" -l "127.0.0.1:$port" -l "127.0.0.1:$((port + 1))" "$limn" serve > "$work/out" 2> "$work/log" &
server=$!
curl -s --retry 10 --retry-connrefused --retry-delay 1 --max-time 5 "http://127.0.0.1:$port/healthz" > /dev/null || true
wait "$server" || status=$?
server=
[ "$status" = 2 ] && grep -q "2 sockets were handed over" "$work/log"
echo "two are refused"
