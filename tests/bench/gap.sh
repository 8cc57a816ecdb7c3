# shellcheck shell=bash
# The write gap of a promotion, as the prober sees it from outside. Sourced; needs die, results and for every side NAME the functions
# NAME_up, NAME_conninfo, NAME_settle (until it is whole), NAME_switchover and NAME_promote (until the other one leads), NAME_down.

: "${root:?the folder of the checkout}" "${results:?a folder for what is measured}"
prober=$root/.build/bin/Prober/release/Prober

# One round: the prober writes and says so, the primary is changed, the prober goes on until writes are steady again.
gap_round() { # gap_round SIDE MOMENT: leaves the prober's words in results/gap
  local said into outof status=0
  "$1_settle"
  coproc PROBING { exec "$prober" "$("$1_conninfo")"; }
  local process=$PROBING_PID
  exec {outof}<&"${PROBING[0]}" {into}>&"${PROBING[1]}"
  read -r -t 60 -u "$outof" said || die "the prober does not write to $1"
  "$1_$2"
  echo end >&"$into"
  read -r -t 240 -u "$outof" said || die "the prober gave no result for $1"
  wait "$process" || status=$?
  exec {outof}<&- {into}>&-
  [ "$status" = 0 ] || die "the prober ended with $status"
  echo "$said" >"$results/gap"
  [ "$(gap_word from)" != "$(gap_word to)" ] || die "the longest gap of $1 was not that of a promotion: $said"
}

gap_word() { awk -v word="$1" '{ for (i = 1; i < NF; i++) if ($i == word) print $(i + 1) }' "$results/gap"; }

gap_rounds() { # gap_rounds MOMENT ROUNDS SIDE …: in turn, so that a slow minute of the machine is everybody's
  local moment=$1 rounds=$2 round side
  shift 2
  for side; do "${side}_up"; done
  for ((round = 1; round <= rounds; round++)); do
    for side; do
      gap_round "$side" "$moment"
      echo "$(gap_word gap_ms) $(gap_word lost)" >>"$results/$side.gaps"
      echo "round $round of $rounds, $side: $(<"$results/gap")" >&2
    done
  done
  for side; do "${side}_down"; done
}

gap_table() { # gap_table MOMENT SIDE …
  local side
  echo "| $1, write gap in ms | rounds | min | median | p95 | max | rows lost |"
  echo '| --- | --- | --- | --- | --- | --- | --- |'
  shift
  for side; do
    sort -n "$results/$side.gaps" | awk -v side="$side" '{ v[NR] = $1; lost += $2 }
      END { printf "| %s | %d | %d | %d | %d | %d | %d |\n", side, NR, v[1], median(), v[int((NR * 19 + 19) / 20)], v[NR], lost }
      function median() { return NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'
  done | tee "$results/table"
  [ $# = 1 ] || awk -F '|' '{ m[NR] = $5 } END { printf "| cortex / patroni | | | %.2f | | | |\n", m[1] / m[2] }' "$results/table"
}
