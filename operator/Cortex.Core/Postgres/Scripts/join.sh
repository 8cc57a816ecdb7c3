# After configure.sh. Arguments 6 to 10: connection string of the primary for the replication role, its system identifier, its timeline, what is known of the
# data here: trusted, diverged or behind; and the tablespaces of users that the primary has, in words.
# Exit code 66: a new copy is needed, and tablespaces are in its way.
# This may have been cut short anywhere before. Nothing ever starts pgdata.new (a copy on its way) or pgdata.old (data out of use); the mark `unusable` says
# that pgdata.old can never follow: it is too far behind, or pg_rewind began on it, which is worth nothing if it did not end. `joined` knows data that were
# put in use here and not started since.
timeline=$8
# Attempts, of which those that are refused at once take a twentieth of a second. Without a system identifier the primary itself is only being made, and whoever
# makes it ends this when that fails.
patience=1200
[ -n "$7" ] || patience=12000
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
        [ "$tries" -lt "$patience" ] || { echo "the primary does not accept connections" >&2; exit 75; }
        sleep 0.05
    done
}

# From here on it is the data, and those of a standby.
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

# What a former primary wrote up to its very end; the operator compares it with what its successor got.
# The files are named: pg_waldump learns the size of all from the first that it comes upon, and gives up where that one has been made but not written yet.
say_where_wal_ends() {
    first=$(field pgdata.old "Latest checkpoint's REDO WAL file")
    for last in "pgdata.old/pg_wal/${first%????????????????}"????????????????; do :; done
    pg_waldump --path=pgdata.old/pg_wal --start="$(field pgdata.old "Latest checkpoint's REDO location")" "$first" "${last##*/}" 2>/dev/null |
        sed -n '$s/.*len (rec\/tot): *[0-9]*\/ *\([0-9]*\),.* lsn: \([0-9A-F/]*\),.*/WAL ends: \2 \1/p'
}

# What a former primary had not archived. Its successor has what it had sent, but a rewind removes the rest, which a restore to a moment before the promotion may need.
# A repository that cannot be reached holds up nothing.
archive_the_rest() {
    [ -f conf/pgbackrest.conf ] || return 0
    for mark in pgdata.old/pg_wal/archive_status/*.ready; do
        [ -e "$mark" ] || continue
        segment=${mark##*/}
        segment=${segment%.ready}
        timeout 60 pgbackrest --config="$PWD/conf/pgbackrest.conf" --stanza=cortex --pg1-path="$PWD/pgdata.old" archive-push "$PWD/pgdata.old/pg_wal/$segment" ||
            { echo "$segment and what follows is not archived"; return 0; }
        mv "$mark" "${mark%.ready}.done"
    done
}

# pg_rewind wants data that were shut down cleanly. A primary's are recovered here, where nobody can connect; those of a standby that crashed cannot be.
end_cleanly() {
    case "$(field pgdata.old 'Database cluster state')" in
        'shut down' | 'shut down in recovery') return 0 ;;
    esac
    [ ! -f pgdata.old/standby.signal ] || return 1
    postgres --single -D "$PWD/pgdata.old" -c config_file="$PWD/conf/postgresql.conf" -c data_directory="$PWD/pgdata.old" \
        -c synchronous_standby_names= -c log_min_messages=error template1 </dev/null >/dev/null
}

rewind() { # rewind CONNECTION
    touch unusable
    sync .
    # Where nothing has diverged it sees that, and changes nothing.
    pg_rewind --target-pgdata=pgdata.old --source-server="$1 dbname=postgres" --no-ensure-shutdown --no-sync
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
    [ "$9" != behind ] || touch unusable
    sync .
    mv pgdata pgdata.old
    sync .
fi
if [ -d pgdata.old ] && [ ! -e unusable ]; then
    led=''
    [ -f pgdata.old/standby.signal ] || { led=yes; say_where_wal_ends; archive_the_rest; }
    primary_answers "$6"
    if end_cleanly && rewind "$6"; then
        # Nobody takes from the slots of a former primary any more, and they would keep WAL and dead rows for ever. The operator makes its own anew.
        [ -z "$led" ] || rm -rf pgdata.old/pg_replslot/*
        put_in_use pgdata.old
        exit 0
    fi
    echo "the data cannot be rewound; a new copy is made beside them"
fi
# With --progress the server counts beforehand what it will send, and tells how far it has come. The lines about it are left out: the end
# of the output is read, and must still have what was said before.
copy() { # copy CONNECTION
    exec 3>&2
    failure=$({ {
        LC_ALL=C pg_basebackup --pgdata=pgdata.new --wal-method=stream --checkpoint=fast --no-sync --no-password --progress \
            --dbname="$1" 2>&1 || echo "$?" >&4
    } | sed '/^ *[0-9]*\/[0-9]* kB ([0-9]*%)/d' >&3; } 4>&1)
    return "${failure:-0}"
}

rm -rf pgdata.new
# A copy has them at the same paths, outside of pgdata: over those of the data that it is to replace, or where nothing can be written.
[ -z "${10}" ] || { echo "a new copy cannot be made while there are tablespaces: ${10}"; exit 66; }
primary_answers "$6"
copy "$6"
put_in_use pgdata.new
