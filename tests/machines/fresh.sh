#!/usr/bin/env bash
# The first hour of a new user, on a machine that has only Git and the SDK, as root and as an account without privileges.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)

fail() { printf 'fresh.sh: %s\n' "$@" >&2; exit 1; }
usage() {
  cat <<'TEXT'
Usage: fresh.sh [--suite bookworm|trixie] [--as root|account] [--cold] [-result-xml FILE]
       fresh.sh --check    fails if this machine cannot run it, and says why
       fresh.sh --make     creates the pristine file system if it is missing

On a pristine Debian: clones this checkout's last commit, runs ./cortex up, the tour of README.md exactly as written and
./cortex down --volumes, and checks that the machine is as before. Once as root and once as an account without privileges, side by side.

  --suite      the Debian release: bookworm (12, default) or trixie (13)
  --as         runs only one of the two
  --cold       downloads NuGet's packages from the registry; otherwise those of this account (~/.nuget/packages) are used, read-only
  -result-xml  writes the results to FILE in xunit's format. (Other options of xunit's programs are accepted and ignored.)

Needs root. Leaves a cache in ${XDG_CACHE_HOME:-~/.cache}/cortex: the file system, and the downloaded packages of Debian.
TEXT
}

# shellcheck source=tests/podmans/place.sh
. "$root/tests/podmans/place.sh"
# shellcheck source=tests/podmans/control-groups.sh
. "$root/tests/podmans/control-groups.sh"
# shellcheck source=scripts/debian.sh
. "$root/scripts/debian.sh"
# shellcheck source=scripts/preflight.sh
. "$root/scripts/preflight.sh"
# shellcheck source=scripts/program.sh
. "$root/scripts/program.sh"
# shellcheck source=tests/machines/machine.sh
. "$root/tests/machines/machine.sh"
# shellcheck source=tests/machines/scenario.sh
. "$root/tests/machines/scenario.sh"
# shellcheck source=tests/machines/report.sh
. "$root/tests/machines/report.sh"

why_not() {
  local why
  why=$(why_no_place)
  if [ -n "$why" ]; then echo "$why"
  elif ! is_made && ! command -v mmdebstrap >/dev/null; then echo 'mmdebstrap is missing: it makes the file system'
  elif ! command -v slirp4netns >/dev/null; then echo 'slirp4netns is missing: it connects the machine to a network'
  elif [ ! -c /dev/net/tun ]; then echo '/dev/net/tun is missing: slirp4netns needs it'
  elif ! unshare --net true 2>/dev/null; then echo 'network namespaces cannot be created on this machine'
  fi
}

# --- one machine, outside: a separate process for each ---

run_machine() { # run_machine root|ACCOUNT; its variables are those of leave_machine, too, which comes after its end
  local ended=0
  who=$1 place=$(mktemp -d /tmp/cortex-machine.XXXXXX) store=$root/.build/machines/$suite-$who
  inside='' network='' groups=$(control_groups)
  trap 'leave_machine' EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
  rm -rf --one-file-system "$store"
  mkdir -p "$store/source"
  : >"$store/results"
  git -C "$root" bundle create -q "$store/source/cortex.bundle" HEAD
  store=$store place=$place suite=$suite nuget=$nuget runtime=$(runtime_of "$who") unshare --mount --pid --net --uts --ipc --fork --kill-child=KILL \
    --propagation private "$root/tests/machines/fresh.sh" --inside "$who" 7>>"$store/results" &
  inside=$!
  connect_machine
  wait "$inside" || ended=$?
  inside=''
  keep_archives
  return "$ended"
}

# Some users log in through systemd, others with su.
runtime_of() { case $suite:$1 in trixie:"$account") echo /run/user/1000 ;; esac; }

# A process translates addresses, so that nothing in this machine's network changes.
connect_machine() {
  local here
  here=$(readlink /proc/self/ns/net)
  until [ "$(readlink "/proc/$inside/ns/net")" != "$here" ]; do
    kill -0 "$inside" 2>/dev/null || return 0
    sleep 0.02
  done
  slirp4netns --configure --mtu=65520 --disable-host-loopback --netns-type=path "/proc/$inside/ns/net" tap0 >"$store/network.log" 2>&1 7>&- &
  network=$!
}

keep_archives() {
  local package
  for package in "$store"/above/var/cache/apt/archives/*.deb; do
    [ -f "$package" ] || continue
    mv "$package" "$archives/var/cache/apt/archives/.${package##*/}.$$" &&
      mv "$archives/var/cache/apt/archives/.${package##*/}.$$" "$archives/var/cache/apt/archives/${package##*/}"
  done
}

leave_machine() {
  local process
  trap '' INT TERM
  for process in $inside $network; do
    kill -KILL "$process" 2>/dev/null || true
    wait "$process" 2>/dev/null || true
  done
  remove_control_groups "$groups"
  cp "$store/results" "$root/.build/machines/$suite-$who.results"
  rm -rf --one-file-system "$store"
  rmdir "$place"
}

inside() { # inside root|ACCOUNT, as process 1 of the machine
  tour_text=$(<"$root/tests/machines/tour.sh")
  furnish
  run_scenario "$1"
}

# --- all of them ---

run_all() {
  local who lanes=() lane status=0
  mkdir -p "$root/.build/machines"
  set -m   # process groups, so that an interruption ends all processes of each
  for who in "${accounts[@]}"; do
    rm -f "$root/.build/machines/$suite-$who.results"
    (run_machine "$who") >"$root/.build/machines/$suite-$who.log" 2>&1 </dev/null &
    lanes+=($!)
  done
  set +m
  trap 'kill -TERM "${lanes[@]}" 2>/dev/null; wait || true' EXIT
  for lane in "${lanes[@]}"; do wait "$lane" || status=1; done
  trap - EXIT
  for who in "${accounts[@]}"; do
    echo "-- Debian $suite, $who"
    cat "$root/.build/machines/$suite-$who.log"
  done
  report "$xml" "${accounts[@]}" && return "$status"
}

suite=${suite:-bookworm} accounts=(root "$account") xml='' cold='' action=run
if [ "${1:-}" = --inside ]; then choose_suite "$suite"; inside "$2"; exit; fi
while [ $# -gt 0 ]; do
  case $1 in
    -h | --help) usage; exit ;;
    --check | --make) action=${1#--}; shift ;;
    --suite) suite=${2:-}; shift 2 ;;
    --as) case ${2:-} in root) accounts=(root) ;; account) accounts=("$account") ;; *) fail "--as root or --as account, not '${2:-}'" ;; esac; shift 2 ;;
    --cold) cold=yes; shift ;;
    -result-xml) xml=${2:-}; shift 2 ;;
    -noLogo | -noColor) shift ;;
    -longRunning) shift 2 ;;
    *) usage >&2; fail "unknown argument: $1" ;;
  esac
done
choose_suite "$suite"
case $action in
  check) why=$(why_not); echo "$why"; [ -z "$why" ] ;;
  make) make_base ;;
  run)
    why=$(why_not); [ -z "$why" ] || fail "$why"
    find_sdk
    nuget=${NUGET_PACKAGES:-$HOME/.nuget/packages}
    if [ -n "$cold" ] || [ ! -d "$nuget" ]; then nuget=''; fi
    make_base
    run_all ;;
esac
