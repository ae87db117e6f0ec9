#!/bin/bash
# check-openapi.sh LIMN SCHEMATHESIS: `limn serve` against its own description, by generated requests, good and bad ones.
# Needs: pip install schemathesis (tried with 4.x). EXAMPLES says how many requests of a kind (default 30).
set -eu
limn=$(realpath "$1")
tester=${2:-schemathesis}
folder=$(mktemp -d)
export XDG_STATE_HOME=$folder/state XDG_DATA_HOME=$folder/data XDG_CACHE_HOME=$folder/cache XDG_CONFIG_HOME=$folder/config
export NO_PROXY=127.0.0.1 no_proxy=127.0.0.1
unset LIMN_HISTORY
token=$("$limn" tokens create tester --role admin)
"$limn" serve --listen 127.0.0.1:0 > "$folder/address" &
server=$!
trap 'kill $server; wait $server || true; rm -rf "$folder"' EXIT
for _ in $(seq 100); do [ -s "$folder/address" ] && break; sleep 0.1; done
url=$(sed 's,/enter.*,,' "$folder/address")
# Whether words and names mean something is not in the description, so that good data may be refused; what is too large is answered
# by 413; and whoever comes with wrong tokens ten times a minute, as the check of sign-ins does, by 429.
cd "$folder"
cat > schemathesis.toml <<'END'
[checks.negative_data_rejection]
expected-statuses = [400, 401, 403, 404, 405, 409, 413, 415, 422, 429]
END
"$tester" run "$url/api/v1/openapi.json" --url "$url" -H "Authorization: Bearer $token" \
  --exclude-checks positive_data_acceptance,ignored_auth --max-examples "${EXAMPLES:-30}" --request-timeout 30 --suppress-health-check all \
  --phases examples,coverage,fuzzing --continue-on-failure
curl -sf "$url/healthz" > /dev/null
