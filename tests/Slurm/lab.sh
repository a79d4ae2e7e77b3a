#!/usr/bin/env bash
# A Slurm cluster of three nodes on this machine, without systemd, accounting and control groups, in a folder of its own.
#   lab.sh start [FOLDER] [OWNER]   starts it; it ends by itself when the process OWNER has ended
#   lab.sh kill-node FOLDER NODE    kills a node as a power failure would: its daemon and everything that it runs
#   lab.sh stop [FOLDER]            stops it, and removes the folder
# After the start: export SLURM_CONF=FOLDER/slurm.conf
# Debian and Ubuntu: apt-get install slurm-wlm munge
set -euo pipefail

command=${1:-}
folder=${2:-${TMPDIR:-/tmp}/memwall-slurm-$(id -un)}
nodes=3

fail() {
  echo "lab.sh: $*" >&2
  exit 1
}

# The id in a file of a daemon, where this process still has the name of that daemon.
pid_of() {
  local pid
  pid=$(cat "$1" 2> /dev/null) || return 1
  [ "$(cat "/proc/$pid/comm" 2> /dev/null)" = "$2" ] && echo "$pid"
}

# Processes of jobs of this laboratory: all, or those of a node.
job_pids() {
  local here
  # Processes end meanwhile, and others may not be read.
  here=$(grep -lzxF "SLURM_CONF=$folder/slurm.conf" /proc/[0-9]*/environ 2> /dev/null) || true
  [ -n "$here" ] || return 0
  # shellcheck disable=SC2086
  { grep -lzxE "SLURMD_NODENAME=${1:-.*}" $here 2> /dev/null || true; } | cut -d/ -f3
}

kill_jobs() {
  local pids parents="" pid parent
  pids=$(job_pids "$@") || true
  for pid in $pids; do
    parent=$(sed -n 's/^PPid:\t//p' "/proc/$pid/status" 2> /dev/null) || continue
    case "$(cat "/proc/$parent/comm" 2> /dev/null)" in slurmstepd*) parents="$parents $parent" ;; esac
  done
  # The supervisor first, so that it reports nothing.
  for pid in $parents $pids; do
    kill -9 "$pid" 2> /dev/null || true
  done
}

stop() {
  local i pid
  for ((i = 1; i <= nodes; i++)); do
    if pid=$(pid_of "$folder/n$i.pid" slurmd); then kill -9 "$pid" 2> /dev/null || true; fi
  done
  kill_jobs
  if pid=$(pid_of "$folder/slurmctld.pid" slurmctld); then kill -9 "$pid" 2> /dev/null || true; fi
  if pid=$(pid_of "$folder/munged.pid" munged); then kill -9 "$pid" 2> /dev/null || true; fi
  rm -rf "$folder"
}

is_free() {
  ! (exec 3<> "/dev/tcp/127.0.0.1/$1") 2> /dev/null
}

find_ports() {
  local try port
  for ((try = 0; try < 50; try++)); do
    port=$((20000 + RANDOM % 10000))
    if is_free "$port" && is_free $((port + 1)) && is_free $((port + 2)) && is_free $((port + 3)); then
      echo "$port"
      return
    fi
  done
  fail "no free ports"
}

write_conf() {
  local port=$1 user
  user=$(id -un)
  cat > "$folder/slurm.conf" << CONF
ClusterName=memwall
SlurmctldHost=$(hostname -s)(127.0.0.1)
SlurmctldPort=$port
SlurmUser=$user
SlurmdUser=$user
AuthType=auth/munge
AuthInfo=socket=$folder/munge.socket
CredType=cred/munge
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool-%n
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/%n.pid
SlurmctldLogFile=$folder/slurmctld.log
SlurmdLogFile=$folder/%n.log
ProctrackType=proctrack/pgid
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
SlurmdParameters=config_overrides
SlurmdTimeout=3
KillWait=5
MinJobAge=600
ReturnToService=0
NodeName=n[1-$nodes] NodeHostname=$(hostname -s) NodeAddr=127.0.0.1 Port=[$((port + 1))-$((port + nodes))] CPUs=1 RealMemory=2000
PartitionName=lab Nodes=ALL Default=YES MaxTime=INFINITE State=UP
CONF
}

start() {
  local owner=$1 i
  for i in munged slurmctld slurmd sinfo; do
    command -v $i > /dev/null || fail "there is no $i; apt-get install slurm-wlm munge"
  done
  [ ! -e "$folder" ] || fail "$folder exists; stop the laboratory there first"
  mkdir -m 700 -p "$folder"
  mkdir -p "$folder/state"
  export SLURM_CONF="$folder/slurm.conf"
  # From here on nothing is left behind.
  trap 'stop' ERR
  trap 'stop; exit 1' INT TERM
  (umask 077 && head -c 1024 /dev/urandom > "$folder/munge.key")
  munged --force --key-file="$folder/munge.key" --socket="$folder/munge.socket" --pid-file="$folder/munged.pid" \
    --log-file="$folder/munged.log" --seed-file="$folder/munged.seed"
  write_conf "$(find_ports)"
  slurmctld -c -f "$SLURM_CONF"
  for ((i = 1; i <= nodes; i++)); do
    slurmd -N "n$i" -f "$SLURM_CONF"
  done
  for ((i = 0; ; i++)); do
    [ "$(sinfo -h -N -t idle -o %N 2> /dev/null | wc -l)" = "$nodes" ] && break
    if [ "$i" = 100 ]; then
      tail -n 5 "$folder"/*.log >&2
      sinfo -N >&2 || true
      stop
      fail "the nodes did not become ready"
    fi
    sleep 0.2
  done
  if [ -n "$owner" ]; then
    setsid "$(realpath "$0")" guard "$folder" "$owner" < /dev/null > /dev/null 2>&1 &
  fi
  echo "$SLURM_CONF"
}

case "$command" in
  start) start "${3:-}" ;;
  stop) stop ;;
  guard)
    while kill -0 "$3" 2> /dev/null && [ -e "$folder" ]; do sleep 1; done
    stop
    ;;
  kill-node)
    if pid=$(pid_of "$folder/$3.pid" slurmd); then kill -9 "$pid"; fi
    kill_jobs "$3"
    ;;
  *) fail "write start, stop or kill-node" ;;
esac
