# shellcheck shell=bash
# shellcheck disable=SC2154 # root and suite are fresh.sh's
# The results of the machines as a report that the summing of ./cortex test reads: one test for each step. Sourced by fresh.sh.

report() { # report FILE-OR-NOTHING ACCOUNT …; fails where a step did, or if a machine reported nothing
  local file=${1:-/dev/null} who word seconds name passed=0 failed=0 time=0 tests=''
  shift
  for who; do
    while IFS=$'\t' read -r word seconds name; do
      time=$((time + seconds))
      if [ "$word" = PASS ]; then passed=$((passed + 1)) word=Pass; else failed=$((failed + 1)) word=Fail; fi
      tests+="<test name=\"$suite, $who: $(for_xml "$name")\" result=\"$word\" time=\"$seconds\"/>"$'\n'
    done < <(results_of "$who")
  done
  printf '<assemblies><assembly name="fresh-%s" total="%s" passed="%s" failed="%s" errors="0" skipped="0" time="%s">\n<collection>\n%s</collection></assembly></assemblies>\n' \
    "$suite" "$((passed + failed))" "$passed" "$failed" "$time" "$tests" >"$file"
  echo "fresh machines: $passed passed, $failed failed"
  [ "$failed" = 0 ]
}

# A scenario that ended between two steps has failed, too.
results_of() { # results_of ACCOUNT
  local file=$root/.build/machines/$suite-$1.results
  cat "$file" 2>/dev/null || true
  if ! tail -n 1 "$file" 2>/dev/null | grep -qE $'^FAIL\t|\tthe machine is as before'; then
    printf 'FAIL\t0\tthe scenario ran to its end\n'
  fi
}

for_xml() { sed 's/&/\&amp;/g; s/</\&lt;/g; s/>/\&gt;/g; s/"/\&quot;/g' <<<"$1"; }
