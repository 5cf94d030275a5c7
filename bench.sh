#!/usr/bin/env bash
# Measures Orleans.Cn2 beside what users run today, and holds it to its targets: exit status 1 where one is missed.
#   ./bench.sh datapath                      the data path beside routing, iptables and nftables (root)
#   ./bench.sh datapath --json FILE          the figures as an array of {figure, value, unit, peer, ratio, target, met}
#   ./bench.sh datapath --only program,tables --rounds 5
#   ./bench.sh differential [PACKETS [SEED]] both engines on so many random packets, a night's worth (50,000,000) unless told
#   ./bench.sh control                       the control plane: writes, a full silo, failover, pools (PostgreSQL)
#   ./bench.sh control --only full --services 1000 --workers 100
#   ./bench.sh soak                          silos, store and streams die for 10 minutes under load (PostgreSQL); no promise may break
#   ./bench.sh soak --only kills --kills 50 --seed 1
set -u
cd "$(dirname "$0")"
. scripts/require.sh

case " $* " in "  " | *" --help "* | *" -h "*) sed -n '2,11s/^# \{0,1\}//p' "$0"; exit 0 ;; esac
suite=${1:-}
step "What this machine has"
require_dotnet
if [ "$suite" = control ]; then
  install pg_ctlcluster=postgresql setpriv=util-linux
elif [ "$suite" = soak ]; then
  is_linux && is_root || fail "silos are cut off from each other in network namespaces; run the soak as root on Linux"
  install pg_ctlcluster=postgresql setpriv=util-linux ip=iproute2 nsenter=util-linux
else
  is_linux || fail "the measurements send packets through the Linux kernel; this is $(uname -s)"
  is_root || fail "the measurements make network namespaces and load BPF programs; run them as root"
  kernel_at_least 6.6 || fail "kernel $(uname -r): TCX needs 6.6 or newer"
  install ip=iproute2 nft=nftables iptables-legacy-restore=iptables ethtool=ethtool nsenter=util-linux mount=mount
fi
echo "kernel $(uname -r), .NET $(dotnet --version), $(nproc) cores, $(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -n1)"

if [ "$suite" = differential ]; then
  step "Build (Release)"
  dotnet build tests/Orleans.Cn2.Forwarding.Ebpf.Tests -c Release -v quiet --nologo || fail "the build failed"
  export CN2_DIFFERENTIAL_PACKETS=${2:-50000000} CN2_DIFFERENTIAL_SEED=${3:-$(date +%s)}
  step "$CN2_DIFFERENTIAL_PACKETS packets from seed $CN2_DIFFERENTIAL_SEED on"
  exec dotnet tests/Orleans.Cn2.Forwarding.Ebpf.Tests/bin/Release/net10.0/Orleans.Cn2.Forwarding.Ebpf.Tests.dll \
    --filter-method '*.Engines_OfRandomPacketsAndTables_AgreeOnEveryByte' --no-progress --no-ansi
fi

step "Build and publish (Release)"
case $suite in control | soak) published=silo ;; *) published=native ;; esac
scripts/publish.sh "$published" || fail "publishing failed"
dotnet build bench/Orleans.Cn2.Bench -c Release -v quiet --nologo || fail "the build failed"

step "$*"
exec dotnet bench/Orleans.Cn2.Bench/bin/Release/net10.0/cn2-bench.dll "$@"
