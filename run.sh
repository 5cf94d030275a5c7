#!/usr/bin/env bash
# The main job: builds, then runs `cn2 check`, which applies manifests and sends requests over every path.
#   ./run.sh                              2 nodes, k8s/examples/nginx-dual-stack.yaml, real packets (root)
#   ./run.sh --silos 3                    the control plane as three silos on a PostgreSQL server of its own
#   ./run.sh --engine managed             real packets without BPF: they are routed through the workers (root)
#   ./run.sh --nodes 3 -f my.yaml --keep  all options: artifacts/cn2/cn2 check --help
# Without root, on an older kernel or another system, and with --simulate, the same job runs with packets in memory.
set -u
cd "$(dirname "$0")"
. scripts/require.sh

case " $* " in *" --help "* | *" -h "*) sed -n '2,7s/^# \{0,1\}//p' "$0"; exit 0 ;; esac
step "What this machine has"
require_dotnet
real=1 missing= engine=ebpf previous=
for argument in "$@"; do
  case $argument in --simulate) real=0 ;; --engine=*) engine=${argument#--engine=} ;; esac
  [ "$previous" = --engine ] && engine=$argument
  previous=$argument
done
if ! is_linux; then missing="this is $(uname -s), not Linux"
elif ! is_root; then missing="network namespaces, and BPF or TUN interfaces, need root"
elif [ "$engine" = ebpf ] && ! kernel_at_least 5.15; then missing="the kernel is $(uname -r); the eBPF engine needs 5.15 or newer, --engine managed does without"
fi
if [ $real = 1 ] && [ -n "$missing" ]; then
  echo "real packets can't be sent here: $missing. What works: the same job on the managed engine, packets in memory."
  real=0
fi
echo "kernel $(uname -r), .NET $(dotnet --version)"

if [ $real = 1 ]; then
  case " $* " in *" --silos "* | *" --silos="*) install pg_ctlcluster=postgresql setpriv=util-linux ;; esac
  install ip=iproute2 nginx=nginx-light setsid=util-linux nsenter=util-linux mount=mount curl=curl
  step "Build and publish (Release)"
  scripts/publish.sh --quick || fail "publishing failed"
else
  step "Build (Release)"
  scripts/publish.sh cn2 || fail "publishing failed"
fi

keep=0 name=cn2 previous=
for argument in "$@"; do
  [ "$argument" = --keep ] && keep=1
  [ "$previous" = --name ] && name=$argument
  case $argument in --name=*) name=${argument#--name=} ;; esac
  previous=$argument
done
# `cn2 check` takes its lab down by itself; this holds where it was killed.
if [ $real = 1 ] && [ $keep = 0 ]; then trap 'artifacts/cn2/cn2 lab down --name "$name" >/dev/null' EXIT; fi
trap : INT TERM

step "cn2 check $*"
CN2_HOME=$PWD artifacts/cn2/cn2 check "$@"
