# Proves a configuration before it is written anywhere: a temporary server, of the image that will run it, starts with it and opens a
# session. Nothing is kept.
# Arguments: postgresql.conf, pg_hba.conf, pg_ident.conf, the authority's certificate, the folder of the secret server.pem.
# Exit code 65: the server refuses it, and its messages were printed.
set -eu
umask 077
export LC_ALL=C.UTF-8
work=$(mktemp -d)
ended=$work/ended
trap 'end_server; rm -rf "$work"' EXIT
end_server() {
    [ ! -e "$work/data/postmaster.pid" ] || kill -s QUIT "$(head -n 1 "$work/data/postmaster.pid")" 2>/dev/null || true
    wait
}

# A server that was killed, for example for lack of memory, has refused nothing.
refused() { # refused STATUS
    [ "$1" -le 128 ] || { echo "a server with this configuration was killed by signal $(($1 - 128))" >&2; exit 75; }
    exit 65
}

cd "$work"
mkdir run
printf '%s' "$1" >postgresql.conf
printf '%s' "$2" >pg_hba.conf
printf '%s' "$3" >pg_ident.conf
printf '%s' "$4" >ca.crt
cat "$5/server.pem" >server.pem
initdb --pgdata=data --username=postgres --auth=reject --encoding=UTF8 --locale=C.UTF-8 --no-sync --no-instructions >/dev/null

# Whatever the file says: the server has no network, waits for no standby and archives nothing.
# The name of a database comes last: PostgreSQL 19 accepts no option after it.
proof() { # proof [--single DATABASE] : a server that uses the files here
    postgres ${1+"$1"} -D "$work/data" -c config_file="$work/postgresql.conf" -c data_directory="$work/data" \
        -c hba_file="$work/pg_hba.conf" -c ident_file="$work/pg_ident.conf" -c unix_socket_directories="$work/run" \
        -c ssl_ca_file="$work/ca.crt" -c ssl_cert_file="$work/server.pem" -c ssl_key_file="$work/server.pem" \
        -c listen_addresses= -c synchronous_standby_names= -c archive_mode=off ${2+"$2"}
}

(
    proof && status=0 || status=$?
    echo "$status" >"$ended.new"
    mv "$ended.new" "$ended"
) &
tries=0
# As pg_ctl sees it: the file says "ready" when the server accepts connections.
until grep -qs '^ready' data/postmaster.pid; do
    [ ! -e "$ended" ] || refused "$(cat "$ended")"
    tries=$((tries + 1))
    [ "$tries" -lt 600 ] || { echo "a server with this configuration did not start in half a minute" >&2; exit 75; }
    sleep 0.05
done
kill -s INT "$(head -n 1 data/postmaster.pid)"
wait
# What only a session loads.
proof --single template1 </dev/null >/dev/null || refused $?
