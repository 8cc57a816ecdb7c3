# shellcheck shell=bash
# The write gap of a promotion, as the prober sees it from outside. Sourced; needs die, results and for every side NAME the functions
# NAME_up, NAME_conninfo, NAME_settle (until it has recovered), NAME_switchover and NAME_promote (which call begins and has_asked),
# NAME_down. NAME_client: further arguments of its prober.

: "${root:?the folder of the checkout}" "${results:?a folder for what is measured}"
asked='' begun=''
prober=$root/.build/bin/Prober/release/Prober

# One round: the prober writes and reports that, the primary is changed, the prober continues until another server accepts its rows
# steadily. Nothing else runs meanwhile, because repeated queries would take time from the measured programs.
gap_round() { # gap_round SIDE MOMENT: writes the prober's output to results/gap, and sets asked to the time of the request
  local output outof status=0
  "$1_settle"
  local client=$1_client
  coproc PROBING { exec "$prober" "$("$1_conninfo")" ${!client:+"${!client}"}; }
  local process=$PROBING_PID
  exec {outof}<&"${PROBING[0]}"
  read -r -t 60 -u "$outof" output || die "the prober does not write to $1"
  "$1_$2"
  read -r -t 240 -u "$outof" output || die "the prober gave no result for $1"
  wait "$process" || status=$?
  exec {outof}<&-
  [ "$status" = 0 ] || die "the prober ended with $status"
  echo "$output" >"$results/gap"
  [ "$(gap_word from)" != "$(gap_word to)" ] || die "the longest gap of $1 was not that of a promotion: $output"
}

# Called by the functions that change the primary: the server is about to be killed; the command that requests the promotion has returned.
begins() { begun=$(microseconds); }
has_asked() { asked=$(microseconds); }

# The measured time. A killed server may restart and accept a row or two before it is fenced: a promotion has ended when another server
# accepts rows.
milliseconds_without_rows() { # milliseconds_without_rows MOMENT
  if [ "$1" = promote ]; then echo $((($(gap_word moved_us) - begun) / 1000)); else gap_word gap_ms; fi
}

gap_word() { awk -v word="$1" '{ for (i = 1; i < NF; i++) if ($i == word) print $(i + 1) }' "$results/gap"; }

gap_rounds() { # gap_rounds MOMENT ROUNDS SIDE …: in turn, so that a slow minute of the machine affects every side
  local moment=$1 rounds=$2 round side gap after
  shift 2
  for side; do "${side}_up"; done
  for ((round = 1; round <= rounds; round++)); do
    for side; do
      gap_round "$side" "$moment"
      gap=$(milliseconds_without_rows "$moment") after=$((($(gap_word moved_us) - asked) / 1000))
      echo "$gap $(gap_word lost) $after" >>"$results/$side.gaps"
      echo "round $round of $rounds, $side: $gap ms, $after ms after the command; $(<"$results/gap")" >&2
    done
  done
  for side; do "${side}_down"; done
}

gap_table() { # gap_table MOMENT SIDE …
  local side moment=$1
  shift
  echo "| $moment, write gap in ms | rounds | min | median | p95 | max | rows lost |"
  echo '| --- | --- | --- | --- | --- | --- | --- |'
  for side; do gap_row "$side" 1 <"$results/$side.gaps"; done | tee "$results/table"
  awk -F ' *[|] *' '{ name[NR] = $2; median[NR] = $5; if ($2 == "cortex") ours = $5 }
    END { for (i = 1; i <= NR; i++) if (ours && name[i] != "cortex") printf "| cortex / %s | | | %.2f | | | |\n", name[i], ours / median[i] }' "$results/table"
  case " $* " in *' cortex '*) gap_row 'cortex, after kubectl had returned' 3 <"$results/cortex.gaps" ;; esac
}

# Reads `gap lost after`, one round a line; prints a row of a Markdown table over one of the columns.
gap_row() { # gap_row TITLE COLUMN < rounds
  sort -n -k "$2,$2" | awk -v title="${1/hand/by hand}" -v column="$2" '{ v[NR] = $column; lost += $2 }
    END { printf "| %s | %d | %d | %d | %d | %d | %s |\n", title, NR, v[1], median(), v[int((NR * 19 + 19) / 20)], v[NR], column == 1 ? lost : "" }
    function median() { return NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'
}
