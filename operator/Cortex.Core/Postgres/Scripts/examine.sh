# Prints what an image has: uid, gid, PostgreSQL's version and its parameters; or which program is missing.
# Arguments: the parameters whose defaults are printed.
set -eu
for program in postgres initdb pg_basebackup pg_rewind pg_controldata pg_isready sync; do
    command -v "$program" >/dev/null || { echo "it has no $program on its PATH" >&2; exit 65; }
done
id -u postgres 2>/dev/null || { echo "it has no user postgres" >&2; exit 65; }
id -g postgres
postgres --version
# Only backups need it.
! command -v pgbackrest >/dev/null || echo "backup: $(pgbackrest version)"

tab=$(printf '\t')
printf 'only by restart:'
postgres --describe-config | while IFS=$tab read -r name context _; do [ "$context" != postmaster ] || printf ' %s' "$name"; done
echo
# Without a file, PostgreSQL prints the values that it was built with; it opens no data directory for that.
for name in "$@"; do echo "default: $name $(postgres -C "$name" -D / -c config_file=/dev/null -c log_min_messages=fatal)"; done
