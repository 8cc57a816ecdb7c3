# After configure.sh. Secret: superuser (its password). Argument 6: SQL, one statement a line, for the roles.
# The data directory appears by a rename: where it exists, it is whole, and it is left alone.
if [ ! -d pgdata ]; then
    rm -rf pgdata.new
    initdb --pgdata=pgdata.new --username=postgres --pwfile=/run/secrets/superuser --data-checksums \
        --auth-local=peer --auth-host=scram-sha-256 --encoding=UTF8 --locale=C.UTF-8 --no-sync --no-instructions
    # Without a listener: no client can connect before the roles exist.
    printf '%s\n' "$6" | postgres --single -F -D pgdata.new -c log_min_messages=error postgres >/dev/null
    # One call for the file system is much faster than one for each of a thousand files.
    sync -f pgdata.new
    mv pgdata.new pgdata
    sync .
fi
