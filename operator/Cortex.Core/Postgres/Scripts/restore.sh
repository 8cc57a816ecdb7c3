# After configure.sh, archived-file.sh and recover.sh. Restores a backup, recovers it up to a target and leaves it as a primary on a
# timeline of its own, shut down cleanly.
# Arguments 6 to 9: pgbackrest.conf of the source, the mark of this restore, the label of the backup, SQL for the end, one statement a line;
# from 10 on the recovery target, as name=value of PostgreSQL's parameters.
# Exit code 65: the volume has other data, which are kept.
# This may have been cut short anywhere before. The data directory appears by a rename: where it exists, it is whole, and it is left alone.
mark=$7 label=$8 statements=$9
printf '%s' "$6" | fill_secrets >/tmp/source.conf
shift 9

# The name of a database comes last: PostgreSQL 19 accepts no option after it.
single() {
    postgres --single -D "$PWD/pgdata.new" -c config_file="$PWD/conf/postgresql.conf" -c data_directory="$PWD/pgdata.new" \
        -c synchronous_standby_names= -c log_min_messages=error template1
}

if [ ! -d pgdata ]; then
    rm -rf pgdata.new restored
    mkdir -m 700 pgdata.new
    # Without a type it writes no settings of recovery: they would stay in the data, and a standby would follow them.
    pgbackrest --config=/tmp/source.conf --stanza=cortex --set="$label" --type=none --log-level-console=detail restore
    rm -f pgdata.new/standby.signal
    touch pgdata.new/recovery.signal
    echo "starting PostgreSQL"
    begin_recovery pgdata.new "$@"
    # As pg_ctl sees it: the file says "ready" when recovery has ended and the server accepts connections.
    until grep -qs '^ready' pgdata.new/postmaster.pid; do
        [ ! -e /tmp/ended ] || { echo "recovery ended with exit code $(cat /tmp/ended)" >&2; exit 1; }
        sleep 0.1
    done
    end_recovery pgdata.new
    printf '%s\n' "$statements" | single >/dev/null
    printf '%s\n' "$mark" >restored
    # One call for the file system is much faster than one for each of a thousand files.
    sync -f pgdata.new
    mv pgdata.new pgdata
    sync .
fi
[ "$(head -c 100 restored 2>/dev/null)" = "$mark" ] || { echo "the volume has other data, which are kept" >&2; exit 65; }
field() { # field NAME
    LC_ALL=C pg_controldata -D pgdata | sed -n "s/^$1: *//p"
}
echo "restored: system $(field 'Database system identifier'), timeline $(field "Latest checkpoint's TimeLineID")"
