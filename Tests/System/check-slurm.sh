#!/bin/bash
# Starts a Slurm with four nodes on this machine, on the loopback interface only, runs an array batch with it, kills a
# node in the middle of its work, and compares the pictures with those of one undisturbed run.
# Needs root and Debian's slurm-wlm, munge and jq. Usage: check-slurm.sh LIMN
set -euo pipefail
limn=$(realpath "$1")
repository=$(realpath "$(dirname "$0")/../..")
export LIMN_WEIGHTS=${LIMN_WEIGHTS:-$repository/weights}
work=$(mktemp -d)
nodes=4
port=${LIMN_SLURM_PORT:-27800}
export SLURM_CONF=$work/slurm.conf
processes=()

stop() {
  for process in "${processes[@]}"; do kill "$process" 2> /dev/null || true; done
  for file in "$work"/*.pid; do [ -f "$file" ] && kill "$(cat "$file")" 2> /dev/null || true; done
  sleep 1
  rm -rf "$work"
}
trap stop EXIT

echo "starting munged, slurmctld and $nodes slurmd"
chmod 755 "$work"
(umask 077; head -c 1024 /dev/urandom > "$work/munge.key")
mkdir "$work/munge" "$work/state" "$work/bin"
chmod 755 "$work/munge"
ln -s "$limn" "$work/bin/limn"
munged --force --foreground --key-file="$work/munge.key" --socket="$work/munge/socket" --seed-file="$work/munge/seed" \
  --log-file="$work/munge/log" --pid-file="$work/munge/pid" 2> /dev/null &
processes+=($!)
cat > "$SLURM_CONF" << END
ClusterName=limn
SlurmctldHost=$(hostname -s)(127.0.0.1)
SlurmctldPort=$port
AuthType=auth/munge
AuthInfo=socket=$work/munge/socket
CredType=cred/munge
SlurmUser=root
SlurmdUser=root
StateSaveLocation=$work/state
SlurmdSpoolDir=$work/spool-%n
SlurmctldPidFile=$work/slurmctld.pid
SlurmdPidFile=$work/slurmd-%n.pid
SlurmctldLogFile=$work/slurmctld.log
SlurmdLogFile=$work/slurmd-%n.log
SlurmdParameters=config_overrides
ProctrackType=proctrack/pgid
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MpiDefault=none
SwitchType=switch/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
ReturnToService=2
SlurmdTimeout=10
KillWait=2
JobRequeue=1
NodeName=node[1-$nodes] NodeHostname=$(hostname -s) NodeAddr=127.0.0.1 Port=[$((port + 1))-$((port + nodes))] CPUs=1 State=UNKNOWN
PartitionName=main Nodes=ALL Default=YES MaxTime=60 State=UP
END
for _ in $(seq 50); do [ -S "$work/munge/socket" ] && break; sleep 0.2; done
slurmctld -D > /dev/null 2>&1 &
processes+=($!)
declare -A daemons
for number in $(seq "$nodes"); do
  mkdir "$work/spool-node$number"
  slurmd -D -N "node$number" > /dev/null 2>&1 &
  daemons[node$number]=$!
  processes+=($!)
done
for _ in $(seq 150); do
  [ "$(sinfo --noheader --format=%D --states=idle 2> /dev/null | tr -d ' ')" = "$nodes" ] && break
  sleep 0.2
done
sinfo

cd "$work"
echo "a {red|blue|green} {apple|house|fish} --count 60 --steps 8" > prompts.txt
"$limn" batch prompts.txt --output whole --quiet
PATH=$work/bin:$PATH sbatch --array="1-$nodes" --export=ALL "$repository/docs/cluster/limn-array.sbatch" prompts.txt parts --threads 1
job=$(squeue --noheader --format=%F | head -n 1 | tr -d ' ')

echo "waiting for node2 to be in the middle of its part"
for _ in $(seq 600); do
  [ "$(ls parts/*.png 2> /dev/null | wc -l)" -ge 16 ] && break
  sleep 0.1
done
before=$(ls parts/*.png | wc -l)
squeue
task=$(squeue --noheader --nodelist=node2 --format=%K | tr -d ' ')
echo "killing node2 (task $task) after $before pictures"
kill -KILL "${daemons[node2]}"
# A node that dies takes its processes with it.
for process in $(pgrep -x limn); do
  node=$(tr '\0' '\n' < "/proc/$process/environ" 2> /dev/null | sed -n 's/^SLURMD_NODENAME=//p')
  # Its parent is the daemon of the job's step, which would tell Slurm how the job ended.
  [ "$node" = node2 ] && kill -KILL "$(ps -o ppid= -p "$process" | tr -d ' ')" "$process"
done || true
echo "waiting for Slurm to notice, and to queue the task again"
for _ in $(seq 1500); do
  [ -z "$(squeue --noheader)" ] && break
  sleep 0.2
done
sinfo
[ -z "$(squeue --noheader)" ] || { squeue; echo "the array does not end"; exit 1; }

echo "comparing"
"$limn" batch prompts.txt --output parts --json > events.jsonl
painted=$(jq -s 'map(select(.event == "done"))[0].painted' events.jsonl)
[ "$painted" = 0 ] || { echo "$painted pictures were left over"; exit 1; }
for picture in whole/*.png; do cmp "$picture" "parts/${picture#whole/}"; done
[ "$(ls whole/*.png | wc -l)" = "$(ls parts/*.png | wc -l)" ]
printed=$(cat limn-*.log | grep -c '\.png$')
total=$(ls whole/*.png | wc -l)
echo "$total pictures, $printed painted by all tasks together"
# The picture whose file was written when the node died, but not yet announced, may be missing from the log.
[ "$printed" -le "$total" ] && [ "$printed" -ge $((total - 1)) ]
grep -c 'lie there already' limn-*.log || true
echo "every picture was painted once, and is what one undisturbed run paints"
