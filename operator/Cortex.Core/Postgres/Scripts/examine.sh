# Says what an image holds: uid, gid, PostgreSQL's version and what it says of its parameters; or which program it lacks.
# Arguments: the parameters of which the default is asked.
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
# With no file of its own it says what it was built with; it opens no data directory for that.
for name in "$@"; do echo "default: $name $(postgres -C "$name" -D / -c config_file=/dev/null -c log_min_messages=fatal)"; done
