# shellcheck shell=bash
# What the sides of the comparison share: the clock, the table. Sourced.
export LC_ALL=C

: "${here:?the folder of this file}"
# shellcheck source=scripts/podman.sh
. "$here/../../scripts/podman.sh"
podman_settings "$(cd "$here/../.." && pwd -P)/.build/podman"

die() { printf '%s: %s\n' "${0##*/}" "$*" >&2; exit 1; }

microseconds() { echo "${EPOCHREALTIME/./}"; }

# Prints `phase milliseconds`, counted from a value of microseconds.
report() { # report PHASE SINCE
  echo "$1 $((($(microseconds) - $2) / 1000))"
}

# Repeats a command until it succeeds.
wait_until() { # wait_until WHAT SECONDS COMMAND …
  local what=$1 deadline=$((SECONDS + $2))
  shift 2
  until "$@"; do
    [ "$SECONDS" -lt "$deadline" ] || die "gave up waiting until $what"
    sleep 0.02
  done
}

# The number of the postmaster in a container: that of its first process, or of the child that this one looks after.
server_of() { # server_of CONTAINER
  local first
  first=$(podman inspect --format '{{.State.Pid}}' "$1")
  if [ "$(<"/proc/$first/comm")" = postgres ]; then echo "$first"; else pgrep -o -P "$first" -x postgres; fi
}

# Reads numbers, one a line; prints a row of a Markdown table.
table_row() { # table_row TITLE < numbers
  sort -n | awk -v title="$1" '{ v[NR] = $1 } END { printf "| %s | %d | %d | %d | %d |\n", title, NR, v[1], median(), v[NR] }
    function median() { return NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'
}
