# Sourced by run.sh and test.sh: says what is missing, and installs what a package can bring.

step() { printf '\n\033[1m== %s\033[0m\n' "$*"; }
fail() { printf 'cannot go on: %s\n' "$*" >&2; exit 1; }

is_linux() { [ "$(uname -s)" = Linux ]; }
is_root() { [ "$(id -u)" = 0 ]; }

# kernel_at_least MAJOR.MINOR
kernel_at_least() { [ "$(printf '%s\n%s\n' "$1" "$(uname -r | cut -d- -f1)" | sort -V | head -n1)" = "$1" ]; }

require_dotnet() {
  command -v dotnet >/dev/null || fail "the .NET 10 SDK is not on PATH (package dotnet-sdk-10.0)"
  dotnet --version 2>/dev/null | grep -q '^10\.' || fail "the .NET SDK on PATH is $(dotnet --version 2>&1 | head -n1); version 10 is needed"
  export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
}

# install COMMAND=PACKAGE ...: installs the packages of those commands that are missing.
install() {
  local pair missing=()
  for pair in "$@"; do
    command -v "${pair%%=*}" >/dev/null || PATH=$PATH:/usr/sbin:/sbin command -v "${pair%%=*}" >/dev/null || missing+=("${pair#*=}")
  done
  [ ${#missing[@]} = 0 ] && return
  command -v apt-get >/dev/null || fail "missing: ${missing[*]}, and there is no apt-get to install them with"
  is_root || fail "missing: ${missing[*]}; installing them needs root"
  echo "installing ${missing[*]}"
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq >/dev/null || fail "apt-get update failed"
  # A service of a freshly installed nginx or prometheus would take ports on this machine; the lab starts its own.
  printf '#!/bin/sh\nexit 101\n' > /usr/sbin/policy-rc.d.cn2 && chmod +x /usr/sbin/policy-rc.d.cn2
  local had_policy=0
  [ -e /usr/sbin/policy-rc.d ] && had_policy=1 || mv /usr/sbin/policy-rc.d.cn2 /usr/sbin/policy-rc.d
  apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
  local status=$?
  [ $had_policy = 1 ] || rm -f /usr/sbin/policy-rc.d
  rm -f /usr/sbin/policy-rc.d.cn2
  [ $status = 0 ] || fail "apt-get could not install: ${missing[*]}"
}

export PATH=$PATH:/usr/sbin:/sbin
