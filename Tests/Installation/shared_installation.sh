#!/usr/bin/env bash
# A shared installation with real users of the operating system: run as root, on a machine to throw away (`make test-users`).
# Makes the users limn-ada, limn-grace and limn-alan, the group limn-test and the account limn-owner, and removes them again.
set -euo pipefail

limn=$(readlink -f "${1:?the program}")
weights=$(readlink -f "${2:?the folder weights}")
[ "$(id -u)" = 0 ] || { echo "only root can make users"; exit 1; }

place=$(mktemp -d)
# Users must reach what lies below, and read but not list the rest.
chmod 711 "$place"
cleanup() {
  for user in limn-ada limn-grace limn-alan limn-owner; do userdel "$user" 2>/dev/null || true; done
  groupdel limn-test 2>/dev/null || true
  rm -rf "$place"
}
trap cleanup EXIT
groupadd limn-test
for user in limn-ada limn-grace; do useradd --no-create-home --groups limn-test "$user"; done
useradd --no-create-home limn-alan
useradd --no-create-home --system limn-owner
for user in ada grace alan owner; do install -d -m 700 -o "limn-$user" "$place/$user"; done
install -m 755 "$limn" "$place/limn"
cp -RL "$weights" "$place/weights"
chmod -R a+rX "$place/weights"

failures=0
as() { # USER STATUS COMMAND...: runs limn as the user and expects the status
  local user=$1 expected=$2 status=0
  shift 2
  output=$(cd "$place/${user#limn-}" && setpriv --reuid "$user" --regid "$user" --init-groups \
    env -i HOME="$place/${user#limn-}" LIMN_WEIGHTS="$place/weights" LIMN_HISTORY="$history" \
    ${caller:+SUDO_UID="$caller"} "$place/limn" "$@" 2>&1) || status=$?
  if [ "$status" = "$expected" ]; then printf 'ok      %-12s %s\n' "$user" "limn $*"; else
    printf 'WRONG   %-12s %s: status %s, expected %s\n%s\n' "$user" "limn $*" "$status" "$expected" "$output"
    failures=$((failures + 1))
  fi
}
says() { case $output in *"$1"*) ;; *) printf 'WRONG   expected "%s" in: %s\n' "$1" "$output"; failures=$((failures + 1)) ;; esac; }
caller=

echo "A folder that a group shares"
install -d -m 2770 -g limn-test "$place/shared"
history=$place/shared/history.sqlite
as limn-ada 0 roles whoami;                       says "limn-ada, admin"
as limn-grace 4 "a red apple" --steps 1;          says "limn-ada can allow it"
as limn-ada 0 roles grant creator limn-grace
as limn-grace 0 "a red apple" --steps 1 --seed 1
as limn-ada 0 "a blue house" --steps 1 --seed 1
as limn-grace 0 history list --json;              says "limn-grace"
case $output in *house*) echo "WRONG   grace reads ada's prompt"; failures=$((failures + 1)) ;; esac
as limn-ada 0 history list --json;                says "apple"
as limn-grace 4 history prune --older 0d
as limn-grace 4 roles grant admin limn-grace
as limn-grace 4 "a fox" --no-history
as limn-ada 0 roles grant viewer @limn-test
as limn-ada 0 roles revoke creator limn-grace
as limn-grace 4 "a red apple" --steps 1;          says "a viewer here"
as limn-grace 0 report --json
# Outside of the group the file is out of reach: painting goes on, and nothing is seen or granted.
as limn-alan 0 "a red apple" --steps 1 --seed 1;  says "Painting goes on"
as limn-alan 5 history list
as limn-alan 5 roles grant admin limn-alan
as limn-ada 0 history verify;                     says "whole"
modes=$(stat -c %a "$place"/shared/history.sqlite*)
[ "$(sort -u <<<"$modes")" = 660 ] || { echo "WRONG   modes $modes"; failures=$((failures + 1)); }
# What docs/roles.md admits: who may write the file may change it, and the audit shows it, but for the end of the chain.
setpriv --reuid limn-grace --regid limn-grace --init-groups sqlite3 "$history" \
  "DROP TRIGGER audit_unchanged; UPDATE audit SET detail = 'viewer' WHERE position = 3"
as limn-ada 1 history verify;                     says "Row 3 was edited"

echo "Every role meets every command"
install -d -m 2770 -g limn-test "$place/table"
history=$place/table/history.sqlite
as limn-ada 0 "a red apple" --steps 1 --seed 1 -o apple.png
install -m 644 "$place/ada/apple.png" "$place/grace/apple.png"
cp -RL "$(dirname "$0")/../Fixtures/Pictures/tiny" "$place/tiny"
chmod -R a+rX "$place/tiny"
echo "a fox" > "$place/grace/prompts.txt"
touch "$place/grace/empty.jsonl"
chown limn-grace "$place"/grace/*
commands=( # the status for somebody without a role, a viewer, a creator and an admin
  "4 4 0 0 fox --steps 1 --seed 1 -o fox.png"
  "4 4 0 0 fox --steps 4 --reference apple.png -o fox.png"
  "4 4 0 0 fox --steps 1 --model $place/tiny -o fox.png"
  "4 4 4 0 fox --steps 1 --no-history -o fox.png"
  "4 4 0 0 batch prompts.txt --steps 1 -o out"
  "4 0 0 0 history list"
  "4 0 0 0 history search fox"
  "4 0 2 0 history show 1" # a creator sees none of others
  "4 4 0 0 history redo last -o again.png"
  "4 4 0 0 history rate last 5"
  "4 4 0 0 history flag last kept"
  "4 4 0 0 history export -o runs.jsonl"
  "4 4 4 0 history import empty.jsonl"
  "4 4 4 0 history prune --older 1y"
  "4 0 0 0 history verify"
  "4 0 0 0 report --json"
  "0 0 0 0 roles list"
  "0 0 0 0 roles whoami"
  "4 4 4 0 roles grant viewer limn-alan"
  "4 4 4 0 roles revoke viewer limn-alan"
  "4 4 4 0 guard policy deny lemon"
  "4 4 4 0 guard policy off --role viewer"
  "0 0 0 0 guard policy"
  "0 0 0 0 styles"
  "0 0 0 0 models"
)
column=1
for role in nobody viewer creator admin; do
  [ "$role" = nobody ] || as limn-ada 0 roles grant "$role" limn-grace
  for row in "${commands[@]}"; do
    read -r -a words <<< "$row"
    as limn-grace "${words[column - 1]}" "${words[@]:4}"
    [ "${words[column - 1]}" != 4 ] || says "limn-ada can allow it"
  done
  column=$((column + 1))
done

echo "An account of its own, reached by sudo"
install -d -m 700 -o limn-owner "$place/owned"
history=$place/owned/history.sqlite
caller=$(id -u limn-ada)
as limn-owner 0 roles whoami;                     says "limn-ada, admin"
caller=$(id -u limn-grace)
as limn-owner 4 history list;                     says "limn-grace, who has no role here"
# Nothing that limn writes lands on the history, and one begun anew is its admin's still.
caller=$(id -u limn-ada)
as limn-owner 0 roles grant creator limn-grace
caller=$(id -u limn-grace)
for suffix in "" -wal -journal -owner; do
  as limn-owner 2 history export --since 2099-01-01 -o "$history$suffix"; says "a file of limn's history"
done
as limn-owner 2 report --html "$history"
as limn-owner 0 roles whoami;                     says "limn-grace, creator"
rm -f "$history" "$history-wal" "$history-shm"
as limn-owner 4 "a red apple" --steps 1 -o -;     says "only limn-ada can take it up"
caller=$(id -u limn-ada)
as limn-owner 0 roles whoami;                     says "limn-ada, admin"
as limn-owner 0 history verify;                   says "begun anew"
caller=
as limn-grace 5 history list
# Naming somebody else helps nobody who is not that account.
caller=$(id -u limn-ada) history=$place/shared/history.sqlite
as limn-grace 4 roles grant admin limn-grace

[ "$failures" = 0 ] && echo "All as expected." || { echo "$failures wrong"; exit 1; }
