#!/usr/bin/env bash
# Publishes the programs: the forwarding worker and the lab's echo server as native (AOT) binaries into artifacts/bin, the silo into artifacts/silo,
# the gateway into artifacts/gateway, the command line into artifacts/cn2.
#   scripts/publish.sh                                  all
#   scripts/publish.sh cn2 | gateway | native | silo    only these
set -eu
cd "$(dirname "$0")/.."
case $(uname -s)-$(uname -m) in
  Linux-x86_64) rid=linux-x64 ;;
  Linux-aarch64) rid=linux-arm64 ;;
  *) rid= ;;
esac

publish() { dotnet publish "$1" -c Release -o "$2" -v quiet --nologo "${@:3}"; }

native() {
  [ -n "$rid" ] || { echo "no runtime identifier for $(uname -s) on $(uname -m)" >&2; return 1; }
  publish src/Orleans.Cn2.Worker artifacts/bin -r "$rid"
  publish src/Orleans.Cn2.Lab.Echo artifacts/bin -r "$rid"
}

# Compiled ahead where the platform is known.
silo() { publish silo artifacts/silo ${rid:+-r "$rid" --self-contained false}; }

gateway() { publish clients/Orleans.Cn2.Gateway artifacts/gateway ${rid:+-r "$rid" --self-contained false}; }

cn2() { publish clients/cn2 artifacts/cn2; }

for part in "${@:-native silo gateway cn2}"; do
  for each in $part; do "$each"; done
done
