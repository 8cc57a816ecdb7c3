# shellcheck shell=bash
# What both sides of the comparison share: the clock, the outside client, the table. Sourced.
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

# A client outside the containers inserts a row, over a new connection each time, until a server on a later timeline
# than the first has acknowledged one: a row that the old primary takes before it is fenced does not count.
first_write() { # first_write CONNECTION
  wait_until "a row is acknowledged after the promotion" 60 write_is_acknowledged "$1"
}

write_is_acknowledged() {
  local timeline
  timeline=$(psql -X -Atq -d "$1" -c \
    'insert into probe values (default) returning left(pg_walfile_name(pg_current_wal_lsn()), 8)' 2>/dev/null </dev/null) || return 1
  ((16#$timeline > 1))
}

# Reads numbers, one a line; prints a row of a Markdown table.
table_row() { # table_row TITLE < numbers
  sort -n | awk -v title="$1" '{ v[NR] = $1 } END { printf "| %s | %d | %d | %d | %d |\n", title, NR, v[1], median(), v[NR] }
    function median() { return NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'
}
