# Sourced with the arguments of a script of this folder, of which the first is the program: a folder to work in, gone at the
# end, with a history and a cache of its own.
set -euo pipefail
limn=$(realpath "$1")
export LIMN_WEIGHTS=${LIMN_WEIGHTS:-$(realpath "$(dirname "$0")/../../weights")}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export LIMN_HISTORY=$work/history.sqlite XDG_CACHE_HOME=$work/cache
cd "$work"
