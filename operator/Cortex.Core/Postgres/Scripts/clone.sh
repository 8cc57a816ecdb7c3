# After configure.sh. Argument 5: connection string of the primary for the replication role.
# A clone that was cut short lies in pgdata.new, which nothing ever starts; it begins anew.
if [ -d pgdata ] && [ ! -f pgdata/standby.signal ]; then
    echo "the volume holds the data of a former primary; started, it would take writes" >&2
    exit 65
fi
if [ ! -d pgdata ]; then
    rm -rf pgdata.new
    tries=0
    until pg_isready --quiet --timeout=2 --dbname="$5"; do
        tries=$((tries + 1))
        [ "$tries" -lt 1200 ] || { echo "the primary does not accept connections" >&2; exit 75; }
        sleep 0.05
    done
    pg_basebackup --pgdata=pgdata.new --wal-method=stream --checkpoint=fast --no-sync --no-password --dbname="$5"
    touch pgdata.new/standby.signal
    # One call for the file system is much faster than one for each of a thousand files.
    sync -f pgdata.new
    mv pgdata.new pgdata
    sync .
fi
