#!/usr/bin/env bash
# Publishes the native (AOT) programs: the forwarding worker and the lab's echo server, into artifacts/bin.
set -eu
cd "$(dirname "$0")/.."
case $(uname -m) in x86_64) rid=linux-x64 ;; aarch64) rid=linux-arm64 ;; *) echo "no runtime identifier for $(uname -m)" >&2; exit 1 ;; esac
for project in src/Orleans.Cn2.Worker src/Orleans.Cn2.Lab.Echo; do
  dotnet publish "$project" -c Release -r "$rid" -o artifacts/bin -v quiet --nologo
done
