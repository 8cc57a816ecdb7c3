# After configure.sh, archived-file.sh and recover.sh. Arguments 6 to 12: connection string of the primary for the replication role, its
# system identifier, its timeline, what is known of the data here: trusted, diverged or behind; the tablespaces of users that the primary
# has, in words; "replay" where data that are too far behind may catch up from the archive; the label of the backup that is restored in
# place of a copy of the primary, or nothing.
# Exit code 66: a new copy is needed, and tablespaces prevent it.
# An earlier run may have been interrupted at any point. No server is ever started on pgdata.new (an unfinished copy) or pgdata.old (data
# out of use). The mark `unusable` says that pgdata.old cannot follow: its content is "behind" where only WAL is missing, and it is empty
# where an unfinished pg_rewind left the data in no usable state. `joined` identifies data that were put in use here and not started since.
system=$7 timeline=$8
# An attempt that is refused at once takes a twentieth of a second. Without a system identifier the primary itself is still being made, and
# the operator ends this container when that fails.
attempts=1200
[ -n "$7" ] || attempts=12000
field() { # field FOLDER NAME
    LC_ALL=C pg_controldata -D "$1" | sed -n "s/^$2: *//p"
}

# Changes with the first start.
identity() { # identity FOLDER
    cksum <"$1/global/pg_control"
    echo "for timeline $timeline"
}

primary_answers() { # primary_answers CONNECTION
    tries=0
    until pg_isready --quiet --timeout=2 --dbname="$1"; do
        tries=$((tries + 1))
        [ "$tries" -lt "$attempts" ] || { echo "the primary does not accept connections" >&2; exit 75; }
        sleep 0.05
    done
}

# From here on this folder is the data directory of a standby.
put_in_use() { # put_in_use FOLDER
    touch "$1/standby.signal"
    identity "$1" >joined
    # One call for the file system is much faster than one for each of a thousand files.
    sync -f "$1"
    mv "$1" pgdata
    rm -f unusable
    sync .
    rm -rf pgdata.new
}

# The end of the WAL of a former primary; the operator compares it with what its successor received.
# The files are named: pg_waldump learns the size of all files from the first one that it finds, and fails if that one was made but not
# written yet.
print_end_of_wal() {
    first=$(field pgdata.old "Latest checkpoint's REDO WAL file")
    for last in "pgdata.old/pg_wal/${first%????????????????}"????????????????; do :; done
    start=$(field pgdata.old "Latest checkpoint's REDO location")
    pg_waldump --path=pgdata.old/pg_wal --start="$start" "$first" "${last##*/}" 2>/dev/null |
        sed -n '$s/.*len (rec\/tot): *[0-9]*\/ *\([0-9]*\),.* lsn: \([0-9A-F/]*\),.*/WAL ends: \2 \1/p'
}

# What a former primary had not archived. Its successor has what it had sent, but a rewind removes the rest, which a restore to a moment
# before the promotion may need. A repository that cannot be reached delays nothing.
archive_the_rest() {
    [ -f conf/pgbackrest.conf ] || return 0
    for mark in pgdata.old/pg_wal/archive_status/*.ready; do
        [ -e "$mark" ] || continue
        segment=${mark##*/}
        segment=${segment%.ready}
        # 45: the archive has another end of the segment in which a timeline was left.
        timeout -k 5 60 pgbackrest --config="$PWD/conf/pgbackrest.conf" --stanza=cortex --pg1-path="$PWD/pgdata.old" \
            archive-push "$PWD/pgdata.old/pg_wal/$segment" || [ $? = 45 ] || { echo "$segment and what follows is not archived"; return 0; }
        mv "$mark" "${mark%.ready}.done"
    done
}

# pg_rewind needs data that were shut down cleanly. The data of a primary are recovered here, where no client can connect; those of a
# standby that crashed cannot be.
end_cleanly() {
    case "$(field pgdata.old 'Database cluster state')" in
        'shut down' | 'shut down in recovery') return 0 ;;
    esac
    [ ! -f pgdata.old/standby.signal ] || return 1
    postgres --single -D "$PWD/pgdata.old" -c config_file="$PWD/conf/postgresql.conf" -c data_directory="$PWD/pgdata.old" \
        -c synchronous_standby_names= -c log_min_messages=error template1 </dev/null >/dev/null
}

rewind() { # rewind CONNECTION
    : >unusable
    sync .
    # Where nothing has diverged, pg_rewind notices it and changes nothing.
    pg_rewind --target-pgdata=pgdata.old --source-server="$1 dbname=postgres" --no-ensure-shutdown --no-sync
}

# Gets a file for a replay, and notes the first segment that is not to be had. After it nothing is taken: a parent timeline may have another
# end of the same segment. Up to the end of a restored backup all is taken, because before it the data are consistent nowhere. PostgreSQL
# asks for a segment with an invalid record again and again. A repository that does not answer ends the server.
cat >/tmp/next-file.sh <<'NEXT_FILE'
in_backup() {
    [ -e backup_label ] || ! LC_ALL=C pg_controldata -D . | grep -q '^Backup start location: *0/0*$'
}
end_before() {
    echo "$1" >/tmp/missing
    exit 1
}
[ ! -e /tmp/missing ] || exit 1
case $1 in
    *.history) ;;
    *)
        [ "${1#????????}" "<" "$(cat /tmp/kept)" ] || in_backup || end_before "$1"
        echo "$1" >>/tmp/asked
        [ "$(tail -n 20 /tmp/asked | grep -cx "$1")" -lt 20 ] || end_before "$1"
        ;;
esac
timeout -k 5 60 sh /tmp/archived-file.sh "$1" "$2"
case $?:$1 in
    0:*) exit 0 ;;
    1:*.history) exit 1 ;;
    1:*) end_before "$1" ;;
esac
exit 255
NEXT_FILE
ask() { # ask CONNECTION SQL
    psql -XAtq "$1 dbname=postgres" -c "$2"
}

replay() { # replay FOLDER : up to the segment that /tmp/kept names, or the end of the archive
    # The operator makes the slots again. Logical slots would lose the rows that they need, and prevent the start without hot_standby.
    rm -rf /tmp/missing /tmp/asked "$1/postmaster.pid" "$1"/pg_replslot/*
    # Without a prefetch, everything before the missing segment has been replayed.
    begin_recovery "$1" recovery_prefetch=off primary_conninfo= primary_slot_name= "recovery_target_timeline=$timeline" \
        'restore_command=sh /tmp/next-file.sh %f "%p"'
    until [ -s /tmp/missing ]; do
        [ ! -e /tmp/ended ] || { echo "recovery ended with exit code $(cat /tmp/ended)"; return 1; }
        sleep 0.1
    done
    end_recovery "$1" || return 1
    if [ -e "$1/backup_label" ] || [ -n "$(field "$1" 'Backup start location' | tr -d '0/')" ]; then
        echo "the archive ends before the end of the backup"
        return 1
    fi
}

# Replays what the archive has, up to what the slot of this instance keeps on the primary: a primary that writes faster than this replays
# would otherwise never be reached. In a long replay the slot may be lost; then the archive has what it kept. Fails where the primary does
# not have the segment that is to follow.
replay_archive() { # replay_archive FOLDER CONNECTION
    echo "replaying the archive"
    [ "$(field "$1" 'Database system identifier')" = "$system" ] || { echo "these are data of another database system"; return 1; }
    sed "s|^pg1-path=.*|pg1-path=$PWD/$1|" conf/pgbackrest.conf >/tmp/source.conf
    touch "$1/standby.signal" || return 1
    slot=$(sed -n "s/^primary_slot_name *= *'\(.*\)'.*/\1/p" conf/postgresql.conf | tail -n 1)
    rounds=3
    while [ "$rounds" -gt 0 ]; do
        rounds=$((rounds - 1))
        primary_answers "$2"
        # The name of a position at the end of a segment is that of the segment before it.
        ask "$2" "SELECT right(pg_walfile_name(coalesce((SELECT restart_lsn FROM pg_replication_slots WHERE slot_name = '$slot'),
            pg_current_wal_lsn()) + 1), 16)" >/tmp/kept || return 1
        replay "$1" || return 1
        primary_answers "$2"
        # Names of segments are in the order of their positions.
        follows=$(ask "$2" "SELECT min(right(name, 16)) <= '$(cut -c 9- /tmp/missing)' FROM pg_ls_dir('pg_wal', true, true) AS name
            WHERE name ~ '^[0-9A-F]{24}$'") || return 1
        [ "$follows" != t ] || return 0
    done
    echo "the primary does not have $(cat /tmp/missing)"
    return 1
}

if [ -d pgdata ]; then
    if [ -f pgdata/standby.signal ]; then
        if [ "$9" = trusted ] || { [ -e joined ] && [ "$(identity pgdata)" = "$(cat joined)" ]; }; then
            rm -rf pgdata.new
            exit 0
        fi
    fi
    [ "$(field pgdata 'Database system identifier')" = "$7" ] ||
        { echo "the volume holds another database system, which is kept" >&2; exit 65; }
    [ "$(field pgdata "Latest checkpoint's TimeLineID")" -le "$8" ] ||
        { echo "the volume holds data of a later timeline than the primary's, which are kept" >&2; exit 65; }
    rm -rf pgdata.old
    rm -f unusable
    [ "$9" != behind ] || echo behind >unusable
    sync .
    mv pgdata pgdata.old
    sync .
fi
if [ -n "${11}" ] && [ -f pgdata.old/standby.signal ] && [ "$(cat unusable 2>/dev/null)" = behind ]; then
    if replay_archive pgdata.old "$6"; then
        put_in_use pgdata.old
        exit 0
    fi
    echo "the data cannot catch up from the archive"
fi
if [ -d pgdata.old ] && [ ! -e unusable ]; then
    led=''
    [ -f pgdata.old/standby.signal ] || { led=yes; print_end_of_wal; archive_the_rest; }
    primary_answers "$6"
    if end_cleanly && rewind "$6"; then
        # No standby uses the slots of a former primary any more, and they would keep WAL and dead rows for ever. The operator makes them
        # again.
        [ -z "$led" ] || rm -rf pgdata.old/pg_replslot/*
        put_in_use pgdata.old
        exit 0
    fi
    echo "the data cannot be rewound; a new copy is made beside them"
fi
# With --progress the server computes the size before it sends, and reports the progress. These lines are removed from the output: the
# operator reads only the end of it, which must still contain the earlier messages.
copy() { # copy CONNECTION
    exec 3>&2
    failure=$({ {
        LC_ALL=C pg_basebackup --pgdata=pgdata.new --wal-method=stream --checkpoint=fast --no-sync --no-password --progress \
            --dbname="$1" 2>&1 || echo "$?" >&4
    } | sed '/^ *[0-9]*\/[0-9]* kB ([0-9]*%)/d' >&3; } 4>&1)
    return "${failure:-0}"
}

restore_backup() { # restore_backup LABEL CONNECTION
    echo "restoring backup $1"
    mkdir -m 700 pgdata.new
    # Without a type it writes no settings of recovery: they would stay in the data.
    pgbackrest --config="$PWD/conf/pgbackrest.conf" --stanza=cortex --pg1-path="$PWD/pgdata.new" --set="$1" --type=none \
        --log-level-console=detail restore || return 1
    rm -f pgdata.new/recovery.signal
    replay_archive pgdata.new "$2"
}

rm -rf pgdata.new
# A copy has them at the same paths, outside of pgdata: over those of the data that it should replace, or where nothing can be written.
[ -z "${10}" ] || { echo "a new copy cannot be made while there are tablespaces: ${10}"; exit 66; }
if [ -n "${12}" ]; then
    if restore_backup "${12}" "$6"; then
        put_in_use pgdata.new
        exit 0
    fi
    echo "the backup cannot become a standby"
    rm -rf pgdata.new
fi
[ -z "${11}${12}" ] || echo "the primary is copied"
primary_answers "$6"
copy "$6"
put_in_use pgdata.new
