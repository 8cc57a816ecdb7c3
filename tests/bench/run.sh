#!/usr/bin/env bash
# ./cortex bench: the RFC by hand and the operator in turn, several rounds; prints a Markdown table in milliseconds.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
root=$(cd "$here/../.." && pwd -P)
# shellcheck source=tests/bench/common.sh
. "$here/common.sh"

usage() {
  cat <<'TEXT'
Usage: ./cortex bench create|promote [--rounds N] [--by-hand-only]

  create    from nothing to a pair that streams
  promote   from the kill of the primary to the first row that its standby acknowledges
TEXT
}

moment='' rounds=5 sides=(by-hand operator)
while [ $# -gt 0 ]; do
  case $1 in
    create | promote) moment=$1; shift ;;
    --rounds) [ $# -gt 1 ] || die '--rounds needs a number'; rounds=$2; shift 2 ;;
    --by-hand-only) sides=(by-hand); shift ;;
    -h | --help) usage; exit ;;
    *) usage >&2; die "unknown argument: $1" ;;
  esac
done
[ -n "$moment" ] || { usage >&2; die 'name what to measure: create or promote'; }
[[ $rounds =~ ^[1-9][0-9]*$ ]] || die "--rounds needs a positive number, not '$rounds'"

results=$(mktemp -d)
started=''
finish() {
  [ -z "$started" ] || "$root/cortex" down --volumes >/dev/null 2>&1 || true
  rm -rf "$results"
}
trap finish EXIT
trap 'exit 130' INT TERM

# An operator with a state of its own; the user's is not touched.
start_operator() {
  export CORTEX_STATE=$root/.build/bench/state
  mkdir -p "$CORTEX_STATE"
  started=yes
  "$root/cortex" up -f "$here/cluster.yaml" >&2
  KUBECONFIG=$("$root/cortex" kubeconfig --path)
  [ -s "$KUBECONFIG" ] || die "./cortex kubeconfig --path named no file ('$KUBECONFIG'); without it kubectl would use the user's own"
  export KUBECONFIG
}
[ "${#sides[@]}" = 1 ] || start_operator

measure() { # measure SIDE
  case $1 in by-hand) "$here/rfc-by-hand.sh" ;; operator) "$here/operator.sh" ;; esac
}

for ((round = 1; round <= rounds; round++)); do
  for side in "${sides[@]}"; do
    measure "$side" >"$results/last" || die "$side failed in round $round; its words are above"
    value=$(awk -v moment="$moment" '$1 == moment { print $2 }' "$results/last")
    echo "$value" >>"$results/$side"
    echo "round $round of $rounds, $side: $value ms" >&2
  done
done

median() { table_row x <"$results/$1" | cut -d '|' -f 5; }
echo "| $moment, ms | rounds | min | median | max |"
echo '| --- | --- | --- | --- | --- |'
for side in "${sides[@]}"; do table_row "$side" <"$results/$side"; done
[ "${#sides[@]}" = 1 ] || awk -v hand="$(median by-hand)" -v ours="$(median operator)" \
  'BEGIN { printf "| operator / by hand | | | %.2f | |\n", ours / hand }'
