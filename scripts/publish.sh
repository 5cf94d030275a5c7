#!/usr/bin/env bash
# Publishes the programs: the forwarding worker and the lab's echo server as native (AOT) binaries into artifacts/bin, the silo into artifacts/silo,
# the gateway into artifacts/gateway, the command line into artifacts/cn2.
#   scripts/publish.sh                                  all
#   scripts/publish.sh cn2 | gateway | native | silo    only these
#   scripts/publish.sh --quick ...                      silo and gateway not compiled ahead: sooner published, slower to start
set -eu
cd "$(dirname "$0")/.."
case $(uname -s)-$(uname -m) in
  Linux-x86_64) rid=linux-x64 ;;
  Linux-aarch64) rid=linux-arm64 ;;
  *) rid= ;;
esac

ahead=${rid:+"-r $rid --self-contained false"}
if [ "${1:-}" = --quick ]; then
  ahead=
  shift
fi

publish() { dotnet publish "$1" -c Release -o "$2" -v quiet --nologo "${@:3}"; }

native() {
  [ -n "$rid" ] || { echo "no runtime identifier for $(uname -s) on $(uname -m)" >&2; return 1; }
  publish src/Orleans.Cn2.Worker artifacts/bin -r "$rid"
  publish src/Orleans.Cn2.Lab.Echo artifacts/bin -r "$rid"
}

# shellcheck disable=SC2086 # options, to be split
silo() { publish silo artifacts/silo $ahead; }

# shellcheck disable=SC2086
gateway() { publish clients/Orleans.Cn2.Gateway artifacts/gateway $ahead; }

cn2() { publish clients/cn2 artifacts/cn2; }

for part in "${@:-native silo gateway cn2}"; do
  for each in $part; do "$each"; done
done
