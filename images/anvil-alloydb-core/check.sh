#!/usr/bin/env bash
# Tries an image as the operator uses it: not root, no capabilities, read-only root file system, data on a volume.
# Usage: check.sh [IMAGE]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
# shellcheck source=scripts/podman.sh
. ../../scripts/podman.sh
podman_settings "$PWD/../../.build/podman"

image=${1:-localhost/anvil-alloydb-core}
volume=anvil-check-$$
trap 'podman volume rm -f "$volume" >/dev/null 2>&1 || true' EXIT
podman volume create "$volume" >/dev/null

podman run --rm -i --network none --read-only --read-only-tmpfs=false --cap-drop all --security-opt no-new-privileges \
  -v "$volume:/data:U" "$image" sh -seu <<'INSIDE'
postgres --version
pgbackrest version
[ -z "$(find / -xdev -type f -perm /6000)" ] || { echo 'check: a program of the image has the rights of another account' >&2; exit 1; }
sql() { psql -X -h /data -v ON_ERROR_STOP=1 -Atc "$1"; }
equal() { [ "$2" = "$3" ] || { echo "check: $1 is '$2', expected '$3'" >&2; exit 1; }; }
equal 'the user' "$(id -un)" postgres
initdb -D /data/pg --data-checksums --auth=peer -U postgres >/dev/null
echo "wal_log_hints = on
wal_keep_size = 64MB
listen_addresses = ''
unix_socket_directories = '/data'" >>/data/pg/postgresql.conf
pg_ctl start -w -s -D /data/pg -l /data/log
pg_isready -q -h /data
equal 'a query that asks for JIT' "$(sql 'set jit_above_cost = 0; select sum(i) from generate_series(1, 1000) i' | tail -n 1)" 500500
equal 'the encoding' "$(sql 'show server_encoding')" UTF8
equal 'a time zone' "$(sql "select timestamptz '2026-07-01 12:00 Europe/Vienna' at time zone 'UTC'")" '2026-07-01 10:00:00'
sql "create collation german (provider = icu, locale = 'de-DE')" >/dev/null
pg_basebackup -D /data/copy -X stream -c fast -h /data
pg_waldump -n 1 -p /data/pg/pg_wal "$(sql 'select pg_walfile_name(redo_lsn) from pg_control_checkpoint()')" >/dev/null
touch /data/copy/standby.signal
pg_ctl start -w -s -D /data/copy -l /data/log -o '-p 5433'
pg_ctl promote -w -s -D /data/copy
psql -X -h /data -p 5433 -qc 'create table diverged ()'
sql 'create table lost ()' >/dev/null
pg_ctl stop -s -m fast -D /data/copy
pg_ctl stop -s -m fast -D /data/pg
pg_rewind -D /data/pg --source-pgdata /data/copy 2>/data/log || { cat /data/log >&2; exit 1; }
pg_controldata /data/pg | grep -q 'Data page checksum version: *1'
INSIDE
echo "check: $image works"
