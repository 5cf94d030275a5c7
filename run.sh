#!/usr/bin/env bash
# Builds the product and runs its main job: manifests in, FloatingIPs allocated, requests answered through them from pods, nodes and
# outside, scaling under load, deletion. The last line reads "CHECK passed ..." or "CHECK failed: ...", with the matching exit status.
#   ./run.sh                          the nginx example
#   ./run.sh --nodes 3 -f FILE ...    more nodes, other manifests; --json FILE for the figures
set -u
cd "$(dirname "$0")"
. scripts/require.sh

case " $* " in *" --help "* | *" -h "*) sed -n '2,6s/^# \{0,1\}//p' "$0"; exit 0 ;; esac
step "What this machine has"
require_dotnet
echo ".NET $(dotnet --version), $(uname -s) $(uname -r)"
step "Build (Release)"
dotnet build clients/cn2 -c Release -v quiet --nologo || fail "the build failed"
step "Check on the managed engine, packets in memory"
exec dotnet clients/cn2/bin/Release/net10.0/cn2.dll check --engine managed "$@"
