#!/usr/bin/env bash
# Builds everything and runs all tests. The last line is "N passed, N failed, N skipped", summed over all test projects.
#   ./test.sh                 all tests
#   ./test.sh Core Cluster    only tests/Orleans.Cn2.Core.Tests and tests/Orleans.Cn2.Cluster.Tests
set -u
cd "$(dirname "$0")"
. scripts/require.sh

step "What this machine has"
is_linux || fail "the tests send packets through the Linux kernel; this is $(uname -s)"
is_root || fail "the tests make network namespaces and load BPF programs; run them as root"
kernel_at_least 6.6 || fail "kernel $(uname -r): TCX needs 6.6 or newer"
require_dotnet
install ip=iproute2 nft=nftables nginx=nginx-light curl=curl tshark=tshark ethtool=ethtool prometheus=prometheus python3=python3 zsh=zsh fish=fish \
        clang=clang nsenter=util-linux gcc=gcc kubectl=kubernetes-client pg_ctlcluster=postgresql redis-server=redis-server setpriv=util-linux \
        iperf3=iperf3 dnsmasq=dnsmasq-base
[ -e /usr/include/bpf/bpf_helpers.h ] || install bpf_helpers.h=libbpf-dev
echo "kernel $(uname -r), .NET $(dotnet --version), $(nproc) cores"

configuration=Release
step "Build ($configuration)"
dotnet build Orleans.Cn2.sln -c $configuration -v quiet --nologo || fail "the build failed"

passed=0 failed=0 skipped=0
logs=$(mktemp -d) && trap 'rm -rf "$logs"' EXIT
projects=()
if [ $# -gt 0 ]; then for name in "$@"; do projects+=("tests/Orleans.Cn2.$name.Tests"); done
else for project in tests/*.Tests; do projects+=("$project"); done; fi
for project in "${projects[@]}"; do
  name=$(basename "$project")
  step "$name"
  timeout --signal=INT --kill-after=30 1200 dotnet "$project/bin/$configuration/net10.0/$name.dll" --no-progress --no-ansi 2>&1 | tee "$logs/$name"
  status=${PIPESTATUS[0]}
  count() { sed -n "s/^ *$1: *\([0-9][0-9]*\).*/\1/p" "$logs/$name" | tail -n1; }
  p=$(count succeeded) f=$(count failed) s=$(count skipped)
  if [ -z "$p" ] || { [ "$status" != 0 ] && [ "${f:-0}" = 0 ]; }; then
    echo "$name did not end as a test run does (status $status)"
    f=$((${f:-0} + 1))
  fi
  passed=$((passed + ${p:-0})) failed=$((failed + ${f:-0})) skipped=$((skipped + ${s:-0}))
done

echo
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ] && [ "$skipped" = 0 ] && [ "$passed" -gt 0 ]
