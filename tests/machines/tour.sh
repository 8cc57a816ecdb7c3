# shellcheck shell=bash
# Types the tour of README.md line by line into one shell, in the checkout that is the current folder, and compares what README.md shows.
# Read by `bash -c`, as the account of the scenario. Writes "PASS|FAIL<TAB>seconds<TAB>name" to descriptor 7, and the results to its output.
set -uo pipefail

seen=/dev/shm/tour-of-$UID

main() {
  local line command='' shown=() status=0
  while IFS= read -r -u 9 line; do
    case $line in
      '$ '*)
        [ -z "$command" ] || take_step || { status=1; command=''; break; }
        command=${line#\$ } shown=() ;;
      *) shown+=("$line") ;;
    esac
  done 9< <(tour)
  [ -z "$command" ] || take_step || status=1
  rm -f "$seen"
  return "$status"
}

tour() { awk '/^## / { here = $0 == "## A tour" } here && /^```/ { inside = !inside; next } here && inside' README.md; }

# A user who waits for a promotion asks again: queries and listings may take a minute and a half, other commands must succeed at once.
take_step() {
  local begin=$SECONDS limit=0 status
  case $command in 'psql '* | 'kubectl get '*) limit=90 ;; esac
  printf '$ %s\n' "$command"
  while true; do
    status=0
    eval "$command" >"$seen" 2>&1 9<&- || status=$?
    # `plan` ends with 4 if something would change.
    case $status:$command in 4:'./cortex plan '*) status=0 ;; esac
    if [ "$status" = 0 ] && as_shown; then result PASS; cat "$seen"; return 0; fi
    if [ $((SECONDS - begin)) -ge "$limit" ]; then break; fi
    sleep 0.5
  done
  result FAIL
  printf 'exit code %s; it printed:\n%s\n' "$status" "$(<"$seen")"
  [ -z "$(wanted)" ] || printf 'README.md shows:\n%s\n' "$(wanted)"
  return 1
}

result() { printf '%s\t%s\ttour: %s\n' "$1" "$((SECONDS - begin))" "$command" >&7; }

wanted() { printf '%s\n' ${shown[@]+"${shown[@]}"} | sed '/^$/d'; }

# Widths of columns follow their contents, and ages differ.
as_shown() {
  [ -n "$(wanted)" ] || return 0
  case $command in
    'kubectl get '*) [ "$(without_ages <"$seen")" = "$(wanted | without_ages)" ] ;;
    *) [ "$(sed '/^$/d' "$seen")" = "$(wanted)" ] ;;
  esac
}

without_ages() { sed -E 's/ +/ /g; s/ ([0-9]+[smhd])+$/ AGE/'; }

main
