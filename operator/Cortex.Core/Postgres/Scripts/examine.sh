# Says what an image holds: uid, gid, PostgreSQL's version; or which program it lacks.
set -eu
for program in postgres initdb pg_basebackup pg_rewind pg_controldata pg_isready sync; do
    command -v "$program" >/dev/null || { echo "it has no $program on its PATH" >&2; exit 65; }
done
id -u postgres 2>/dev/null || { echo "it has no user postgres" >&2; exit 65; }
id -g postgres
postgres --version
