# After fill-secrets.sh and archived-file.sh. The restore test: restores a backup into a volume that goes with the container, recovers it to
# the end of the archive, and checks it.
# Arguments: postgresql.conf, pgbackrest.conf of the source, the label of the backup, the bytes that must be free at the beginning, the
# bytes that stay free.
# What it finds are lines "verify: NAME VALUE". Exit code 75: it found no room, which says nothing about the backup.
set -eu
umask 077
cd /var/lib/cortex
began=$(date +%s)
say() { echo "verify: $*"; }
say_duration() { say "took $(($(date +%s) - began))"; }
trap say_duration EXIT
label=$3 needed=$4 spare=$5

room() { # room BYTES : whether that much is free
    # shellcheck disable=SC2046
    set -- "$1" $(stat -f -c '%a %S' .)
    [ "$(($2 * $3))" -ge "$1" ] || { say "free $(($2 * $3))"; return 1; }
}

# Runs it beside the watch over the room: what others write at the same time is not known before.
watched() { # watched COMMAND...
    rm -f /tmp/ended
    (
        "$@" && status=0 || status=$?
        echo "$status" >/tmp/ended.new
        mv /tmp/ended.new /tmp/ended
    ) &
    until [ -e /tmp/ended ] || grep -qs '^ready' pgdata.new/postmaster.pid; do
        room "$spare" || exit 75
        sleep 0.1
    done
}

# Settings of roles and of databases, and triggers, are those of the users.
export PGOPTIONS='-c session_replication_role=replica -c default_transaction_read_only=off -c statement_timeout=0 -c search_path=pg_catalog'
ask() { psql -XAtqb -h /tmp -U postgres "$@"; }

# It is not durable, and changes nothing but itself.
serve() {
    nice -n 19 postgres -D "$PWD/pgdata.new" -c config_file="$PWD/conf/postgresql.conf" -c data_directory="$PWD/pgdata.new" \
        -c hba_file="$PWD/conf/pg_hba.conf" -c ident_file="$PWD/conf/pg_ident.conf" -c listen_addresses= -c ssl=off \
        -c unix_socket_directories=/tmp -c hot_standby=off -c synchronous_standby_names= -c archive_mode=off -c fsync=off \
        -c autovacuum=off -c shared_buffers=64MB -c huge_pages=off -c max_wal_size=256MB -c wal_keep_size=0 \
        -c log_min_messages=warning -c lc_messages=C \
        -c restore_command='sh /tmp/archived-file.sh %f "%p"'
}

say "needs $needed"
room "$needed" || exit 75
mkdir -m 700 conf pgdata.new
printf '%s' "$1" >conf/postgresql.conf
echo 'local all all trust' >conf/pg_hba.conf
: >conf/pg_ident.conf
printf '%s' "$2" | fill_secrets >/tmp/source.conf
watched nice -n 19 pgbackrest --config=/tmp/source.conf --stanza=cortex --set="$label" --type=none \
    --job-retry-interval=1 restore
[ "$(cat /tmp/ended)" = 0 ] || exit 1
rm -f pgdata.new/standby.signal
touch pgdata.new/recovery.signal
say restored
watched serve
[ ! -e /tmp/ended ] || exit 1

# The first transaction of this server: its number is the next one after the last that was recovered.
ask -d postgres -v ON_ERROR_STOP=1 <<'RECOVERED'
SELECT 'verify: next ' || pg_snapshot_xmax(pg_current_snapshot());
SELECT 'verify: recovered ' || pg_last_wal_replay_lsn();
SELECT 'verify: segment ' || pg_walfile_name(pg_last_wal_replay_lsn() - 1);
SELECT 'verify: timeline ' || prev_timeline_id FROM pg_control_checkpoint();
SELECT 'verify: commit ' || floor(extract(epoch FROM pg_last_xact_replay_timestamp()));
RECOVERED

if [ "$(ask -d postgres -c "SELECT count(*) FROM pg_available_extensions WHERE name = 'amcheck'")" = 0 ]; then
    say amcheck none
    exit 0
fi
ask -d postgres -v ON_ERROR_STOP=1 -c 'SELECT datname FROM pg_database WHERE datallowconn ORDER BY datname' >/tmp/databases
while IFS= read -r PGDATABASE; do
    export PGDATABASE
    say "database $PGDATABASE"
    ask -v ON_ERROR_STOP=1 -c 'CREATE EXTENSION IF NOT EXISTS amcheck'
    # Each index is a statement of its own, so that one that is damaged does not hide another.
    ask >/tmp/checked <<'INDEXES'
SELECT 'all';
SELECT format('SELECT %L, %L, %s.bt_index_check(%s)', 'sound', indexrelid::regclass, quote_ident(nspname), indexrelid)
FROM pg_index
JOIN pg_class ON pg_class.oid = indexrelid
JOIN pg_am ON pg_am.oid = relam AND amname = 'btree'
JOIN pg_extension ON extname = 'amcheck'
JOIN pg_namespace ON pg_namespace.oid = extnamespace
WHERE relkind = 'i' AND relpersistence <> 't' AND indisready AND indisvalid
\gexec
SELECT count(*) FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid JOIN pg_am ON pg_am.oid = relam AND amname = 'btree'
WHERE relkind = 'i' AND relpersistence <> 't' AND indisready AND indisvalid;
INDEXES
    say "indexes $(grep -c '^sound' /tmp/checked || :) of $(tail -n 1 /tmp/checked)"
done </tmp/databases
say complete
