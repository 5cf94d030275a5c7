#!/bin/sh
# Builds cn2.bpf.o, cn2_raw.bpf.o (the same for packets without a link header) and SOURCES.sha256. The objects are committed; they are
# rebuilt only with the compiler named here, so that equal sources give equal instructions everywhere.
set -eu
cd "$(dirname "$0")"
major=14
clang="${CLANG:-clang}"
out="${1:-cn2.bpf.o}"
found=$("$clang" --version | sed -n 's/.*clang version \([0-9]*\).*/\1/p' | head -n 1)
if [ "$found" != "$major" ]; then
  echo "clang $major is needed, $clang is ${found:-none}" >&2
  exit 1
fi
build() {
  "$clang" -O2 -g0 -Wall -Wextra -Werror -Wno-unused-parameter -target bpf -mcpu=v3 \
    -I"/usr/include/$(uname -m)-linux-gnu" -c cn2.bpf.c "$@"
}
build -o "$out"
build -DCN2_RAW_IP -o "${out%.bpf.o}_raw.bpf.o"
if [ "$out" = cn2.bpf.o ]; then
  LC_ALL=C sha256sum ./*.h ./*.c build.sh > SOURCES.sha256
fi
