#!/usr/bin/env bash
# ./cortex bench: the operator beside the RFC by hand, and beside Patroni, several rounds in turn; prints a Markdown table in milliseconds.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
root=$(cd "$here/../.." && pwd -P)
# shellcheck source=tests/bench/common.sh
. "$here/common.sh"
bad_usage() { printf 'cortex bench: %s\n  see ./cortex bench --help\n' "$1" >&2; exit 2; }
fail() { printf 'cortex bench: %s\n' "$1" >&2; shift; [ $# = 0 ] || printf '  %s\n' "$@" >&2; exit 1; }
# shellcheck source=scripts/packages.sh
. "$root/scripts/packages.sh"
# shellcheck source=scripts/program.sh
. "$root/scripts/program.sh"

usage() {
  cat <<'TEXT'
Usage: ./cortex bench create|promote|switchover|commands|backup [--rounds N] [--by-hand-only] [--with-patroni] [--size SIZE]

  create        the time from nothing to a streaming pair, compared with the RFC by hand (5 rounds)
  promote       PostgreSQL is killed and a standby is promoted: the write gap of a client that inserts every 5 ms, and the number of
                lost rows, compared with the RFC by hand (20 rounds)
  switchover    the same with a running primary; the RFC by hand has no switchover (20 rounds)
  commands      the time that status, dsn and other commands take from start to end, compared with kubectl get (20 rounds)
  backup        the time of a full backup and of a restore, and the writes of clients during a backup, compared with the same pgBackRest
                by hand; the write gap of a switchover while the repository hangs (3 rounds, which take 20 minutes)

  --rounds        how many rounds; the default is given above
  --by-hand-only  measures only the RFC by hand
  --with-patroni  installs the packages of Patroni with apt-get. If they are installed, Patroni is measured, too
  --size          the size of the database for backup, such as 200MB; the targets are for the default, 2GB
TEXT
}

moment='' rounds='' only_by_hand='' with_patroni='' size=''
while [ $# -gt 0 ]; do
  case $1 in
    create | promote | switchover | commands | backup) moment=$1; shift ;;
    --rounds) [ $# -gt 1 ] || bad_usage '--rounds needs a number'; rounds=$2; shift 2 ;;
    --size) [ $# -gt 1 ] || bad_usage '--size needs a number of MB or GB'; size=$2; shift 2 ;;
    --by-hand-only) only_by_hand=yes; shift ;;
    --with-patroni) with_patroni=yes; shift ;;
    -h | --help) usage; exit ;;
    *) bad_usage "unknown argument: $1" ;;
  esac
done
[ -n "$moment" ] || bad_usage 'name what to measure: create, promote, switchover, commands or backup'
: "${rounds:=$(case $moment in create) echo 5 ;; backup) echo 3 ;; *) echo 20 ;; esac)}"
[[ $rounds =~ ^[1-9][0-9]*$ ]] || bad_usage "--rounds needs a positive number, not '$rounds'"
[[ $moment != @(switchover|commands|backup) ]] || [ -z "$only_by_hand" ] || bad_usage "the RFC by hand has no $moment"
[ "$moment" = backup ] || [ -z "$size" ] || bad_usage '--size is for backup only'
[[ ${size:=2GB} =~ ^[1-9][0-9]*[MG]B$ ]] || bad_usage "--size needs a positive number of MB or GB, such as 200MB, not '$size'"
size=${size/GB/000} size=${size%MB}   # in MB

results=$(mktemp -d)
started=''
# shellcheck source=tests/bench/hand.sh
. "$here/hand.sh"
# shellcheck source=tests/bench/cortex.sh
. "$here/cortex.sh"
# shellcheck source=tests/bench/patroni.sh
. "$here/patroni.sh"
# shellcheck source=tests/bench/gap.sh
. "$here/gap.sh"
# shellcheck source=tests/bench/commands.sh
. "$here/commands.sh"
# shellcheck source=tests/bench/hang.sh
. "$here/hang.sh"
# shellcheck source=tests/bench/backup.sh
. "$here/backup.sh"
finish() {
  patroni_down
  case " ${pairs[*]-} " in *' hand '*) hand_down ;; esac
  [ -z "$started" ] || "$root/cortex" down --volumes --yes >/dev/null 2>&1 || true
  [ "$moment" != backup ] || backup_down
  rm -rf "$results"
}
trap finish EXIT
trap 'exit 130' INT TERM

# An operator with its own state directory; the user's operator is not affected.
start_operator() { # start_operator FILE
  export CORTEX_STATE=$root/.build/bench/state
  mkdir -p "$CORTEX_STATE"
  started=yes
  "$root/cortex" up -f "$1" >&2
  KUBECONFIG=$("$root/cortex" kubeconfig --path)
  [ -s "$KUBECONFIG" ] || die "./cortex kubeconfig --path named no file ('$KUBECONFIG'); without it kubectl would use the user's own"
  export KUBECONFIG
}

# The kubectl of Google's SDK only chooses another program and starts that one, which takes 0.1 s each time.
use_real_kubectl() {
  local real
  case $(kubectl version --client 2>/dev/null) in *-dispatcher*) ;; *) return 0 ;; esac
  real=$(find "$(dirname "$(readlink -f "$(command -v kubectl)")")" -maxdepth 1 -name 'kubectl.[0-9]*' | sort -V | tail -n 1)
  [ -n "$real" ] || return 0
  mkdir -p "$results/bin"
  ln -s "$real" "$results/bin/kubectl"
  PATH=$results/bin:$PATH
  echo "The kubectl on PATH only starts another kubectl, which is used instead: $real" >&2
}

measure() { # measure SIDE
  case $1 in by-hand) "$here/rfc-by-hand.sh" ;; operator) "$here/operator.sh" ;; esac
}

bench_create() { # bench_create SIDE …
  local round side value
  for ((round = 1; round <= rounds; round++)); do
    for side; do
      measure "$side" >"$results/last" || die "$side failed in round $round; its words are above"
      value=$(awk '$1 == "create" { print $2 }' "$results/last")
      echo "$value" >>"$results/$side"
      echo "round $round of $rounds, $side: $value ms" >&2
    done
  done
  echo '| create, ms | rounds | min | median | max |'
  echo '| --- | --- | --- | --- | --- |'
  for side; do table_row "$side" <"$results/$side"; done
  [ $# = 1 ] || awk -v hand="$(median by-hand)" -v ours="$(median operator)" \
    'BEGIN { printf "| operator / by hand | | | %.2f | |\n", ours / hand }'
}

median() { table_row x <"$results/$1" | cut -d '|' -f 5; }

bench_gap() { # bench_gap SIDE …
  find_sdk
  with_build_lock logged_dotnet 'Building the prober' "$root/.build/prober-build.log" build "$here/Prober" -c Release || exit 1
  gap_rounds "$moment" "$rounds" "$@"
  gap_table "$moment" "$@"
}

pairs=()
[ "$moment" != promote ] || pairs+=(hand)
[[ $moment != @(promote|switchover) ]] || [ -n "$only_by_hand" ] || pairs+=(cortex)
if [[ $moment = @(promote|switchover) ]] && [ -z "$only_by_hand" ]; then
  [ -z "$with_patroni" ] || patroni_is_installed || patroni_install
  if patroni_is_installed; then pairs+=(patroni); else
    echo 'Patroni is left out, because it is not installed (Debian packages patroni, etcd-server, postgresql, jq): --with-patroni installs it.' >&2
  fi
fi
if [ -z "$only_by_hand" ]; then
  use_real_kubectl
  if [ "$moment" = backup ]; then start_operator "$here/backup.yaml"; else start_operator "$here/cluster.yaml"; fi
fi
case $moment in
  create) if [ -n "$only_by_hand" ]; then bench_create by-hand; else bench_create by-hand operator; fi ;;
  commands) bench_commands ;;
  backup) bench_backup ;;
  *) bench_gap "${pairs[@]}" ;;
esac
