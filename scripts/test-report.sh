# shellcheck shell=bash
# ./cortex test: runs one test program, prints the times of its tests, and adds up the results of all programs. Sourced.
#
# Suites run in separate processes, which communicate through files in $reports:
#   LABEL.xml     xunit's report
#   LABEL.spent   KIND<TAB>SECONDS<TAB>WHAT, written by the tests: creating, removing, resetting of clusters
#   LABEL.sum     PASSED FAILED SKIPPED, then the names of the tests that failed, each with the begin of its message
#   phases.tsv    LANE<TAB>NAME<TAB>SECONDS<TAB>RESULT: builds, images, suites
#   profile.tsv   all times as one table, with --profile

: "${root:?the folder of the checkout}"

reports=$root/.build/reports
slowest_shown=15
# Seconds. A suite that hangs is ended, so that the sum is printed, and reports the test that hangs.
unit_limit=900 end_to_end_limit=3600 test_limit=300

# Runs a command and records its time.
phase() { # phase LANE NAME COMMAND [ARGUMENT …]
  local lane=$1 name=$2 begin=$SECONDS status=0
  shift 2
  "$@" || status=$?
  note_phase "$lane" "$name" "$((SECONDS - begin))" "$status"
  return "$status"
}

note_phase() { # note_phase LANE NAME SECONDS EXIT-CODE
  printf '%s\t%s\t%s\t%s\n' "$1" "$2" "$3" "$([ "$4" = 0 ] && echo Pass || echo Fail)" >>"$reports/phases.tsv"
}

# The result is taken from the report file, not only from the exit code: a program that crashed has left no report, or an incomplete one.
# Paths are relative, because a suite may see the checkout at another path, and may write its report as another account.
run_suite() { # run_suite LANE LABEL COMMAND [ARGUMENT …]
  local lane=$1 name=$2 report=$reports/$2.xml spent=$reports/$2.spent status=0 begin=$SECONDS limit=$unit_limit
  case $name in Cortex.EndToEnd* | *.fuzz) limit=$end_to_end_limit ;; esac
  shift 2
  echo "== $name"
  begin_suite "$name"
  : >"$report" && : >"$spent" && chmod 666 "$report" "$spent"
  (cd "$root" && CORTEX_TEST_SPENT=${spent#"$root/"} exec timeout --foreground -k 10 "$limit" "$@" \
    -noLogo -noColor -longRunning "$test_limit" -result-xml "${report#"$root/"}" </dev/null) || status=$?
  note_phase "$lane" "$name" "$((SECONDS - begin))" "$status"
  end_suite "$name" "$status" "$((SECONDS - begin))"
}

# A command whose exit code alone is the result.
run_verdict() { # run_verdict LANE LABEL COMMAND [ARGUMENT …]
  local lane=$1 name=$2 status=0 begin=$SECONDS
  shift 2
  echo "== $name"
  begin_suite "$name"
  (cd "$root" && exec "$@" </dev/null) || status=$?
  note_phase "$lane" "$name" "$((SECONDS - begin))" "$status"
  if [ "$status" = 0 ]; then echo '1 0 0' >"$reports/$name.sum"; else printf '0 1 0\n%s\n' "exit code $status" >"$reports/$name.sum"; fi
  echo "   exit code $status in $((SECONDS - begin)) s"
}

# A suite counts as failed until it has ended, so that an interrupted suite is not forgotten.
begin_suite() { printf '0 1 0\nit was interrupted\n' >"$reports/$1.sum"; } # begin_suite LABEL

skip_suite() { # skip_suite LABEL WHY
  printf '== %s\n   skipped: %s\n' "$1" "$2"
  echo '0 0 1' >"$reports/$1.sum"
}

fail_suite() { # fail_suite LABEL WHY
  echo "$1: $2: counted as a failure" >&2
  printf '0 1 0\n%s\n' "$2" >"$reports/$1.sum"
}

end_suite() { # end_suite LABEL EXIT-CODE SECONDS
  local name=$1 report=$reports/$1.xml summary p f s
  summary=$(grep -o '<assembly [^>]*>' "$report" 2>/dev/null || true)
  p=$(attribute passed) f=$(($(attribute failed) + $(attribute errors))) s=$(attribute skipped)
  failures_of "$report" >"$reports/$name.failed"
  if { [ -z "$summary" ] || [ "$2" != 0 ]; } && [ "$f" = 0 ]; then
    echo "$name ended with exit code $2$([ -n "$summary" ] || echo ' and left no report'): counted as a failure" >&2
    echo "exit code $2" >"$reports/$name.failed"
    f=1
  fi
  { echo "$p $f $s"; cat "$reports/$name.failed"; } >"$reports/$name.sum"
  rm "$reports/$name.failed"
  echo "   $p passed, $f failed, $s skipped in $3 s"
  show_slowest "$report"
  show_clusters "$reports/$name.spent"
}

attribute() { # attribute NAME: its number in summary; 0 if it is absent
  local value
  value=$(sed -n "s/.* $1=\"\([0-9]*\)\".*/\1/p" <<<"$summary")
  echo "${value:-0}"
}

# Functions of awk for xunit's report, of which $0 is one test.
# shellcheck disable=SC2016
read_test='
  function value(name,  at, rest) {
    at = index($0, " " name "=\"")
    if (!at) return ""
    rest = substr($0, at + length(name) + 3)
    return decoded(substr(rest, 1, index(rest, "\"") - 1))
  }
  function decoded(text) {
    gsub(/&quot;/, "\"", text); gsub(/&apos;/, "\047", text); gsub(/&lt;/, "<", text); gsub(/&gt;/, ">", text)
    gsub(/&#x[0-9A-Fa-f]+;/, " ", text); gsub(/&amp;/, "\\&", text)
    gsub(/\\"/, "\"", text); gsub(/\t/, " ", text)
    return text
  }'

# Prints SECONDS<TAB>RESULT<TAB>NAME, one test on each line.
tests_of() { # tests_of REPORT
  { grep -o '<test [^>]*>' "$1" 2>/dev/null || true; } | awk "$read_test"'{ print value("time") "\t" value("result") "\t" value("name") }'
}

# Prints the names of the tests that failed, and below each the begin of its message.
failures_of() { # failures_of REPORT
  [ -s "$1" ] || return 0
  awk -v RS='<test ' "$read_test"'
    NR > 1 && (" " $0) ~ /^[^>]* result="Fail"/ {
      $0 = " " $0
      print value("name")
      from = index($0, "<message>")
      to = index($0, "</message>")
      if (!from || to < from) next
      count = split(decoded(substr($0, from + 9, to - from - 9)), lines, /\n/)
      for (i = 1; i <= count && i <= 8; i++) print "  " substr(lines[i], 1, 300)
      if (count > 8) print "  …"
    }' "$1"
}

show_slowest() { # show_slowest REPORT
  tests_of "$1" | LC_ALL=C sort -t $'\t' -k 1,1 -g -r | awk -F '\t' -v most="$slowest_shown" '
    NR <= most && $1 >= 0.1 { sub(/^Cortex\.[A-Za-z]*(\.Tests)?\./, "", $3); printf "   %7.1f s  %s\n", $1, substr($3, 1, 150) }'
}

show_clusters() { # show_clusters SPENT
  [ -s "$1" ] || return 0
  awk -F '\t' '
    { count[$1]++; sum[$1] += $2 }
    function say(kind, text) { if (count[kind]) { printf "%s%d %s in %.0f s", comma, count[kind], text, sum[kind]; comma = ", " } }
    END {
      printf "   clusters: "
      say("creating", "created"); say("removing", "removed"); say("resetting", "reset")
      print ""
    }' "$1"
}

# Sets passed, failed, skipped and failures from the results of all suites.
sum_reports() {
  local file p f s
  passed=0 failed=0 skipped=0 failures=''
  for file in "$reports"/*.sum; do
    [ -e "$file" ] || continue
    read -r p f s <"$file"
    passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
    if [ "$f" != 0 ]; then failures+="  $(basename "$file" .sum)"$'\n'$(tail -n +2 "$file" | sed 's/^/    /')$'\n'; fi
  done
}

show_lanes() {
  [ -s "$reports/phases.tsv" ] || return 0
  echo 'Where the time went:'
  awk -F '\t' '{ printf "   %6d s  %-12s %s%s\n", $3, $1, $2, $4 == "Pass" ? "" : "  (failed)" }' "$reports/phases.tsv"
}

# A test is slower if other suites run at the same time; the table shows the lane of each test.
write_profile() {
  local profile=$reports/profile.tsv file label lane
  {
    awk -F '\t' -v OFS='\t' '{ print $1, "phase", $2, $3, $4 }' "$reports/phases.tsv"
    for file in "$reports"/*.xml; do
      [ -e "$file" ] || continue
      label=$(basename "$file" .xml)
      lane=$(awk -F '\t' -v label="$label" '$2 == label { print $1 }' "$reports/phases.tsv")
      tests_of "$file" | awk -F '\t' -v OFS='\t' -v place="$lane/$label" '{ print place, "test", $3, $1, $2 }'
      awk -F '\t' -v OFS='\t' -v place="$lane/$label" '{ print place, $1, $3, $2, "" }' "$reports/$label.spent"
    done
  } | LC_ALL=C sort -t $'\t' -k 4,4 -g -r >"$profile.body"
  { printf 'lane/suite\tkind\tname\tseconds\tresult\n'; cat "$profile.body"; } >"$profile"
  rm "$profile.body"
  echo "The table: $profile"
}
