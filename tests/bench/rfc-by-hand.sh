#!/usr/bin/env bash
# RFC-0015 done by hand with podman run: the baseline of the benchmarks. Prints `create milliseconds`, until the standby streams, and
# removes the pair, or with --keep leaves it and in FOLDER its authority's certificate and a password file for the application's client.
# hand.sh promotes it.
# Usage: rfc-by-hand.sh [--image NAME] [--prefix NAME] [--port N] [--phases] [--keep FOLDER]
#        rfc-by-hand.sh [--prefix NAME] --remove
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
# shellcheck source=tests/bench/common.sh
. "$here/common.sh"

image=localhost/anvil-alloydb-core prefix=bh port=16432 keep='' only_remove=''
exec 3>/dev/null
while [ $# -gt 0 ]; do
  case $1 in
    --image) image=${2:?}; shift 2 ;;
    --prefix) prefix=${2:?}; shift 2 ;;
    --port) port=${2:?}; shift 2 ;;
    --phases) exec 3>&2; shift ;;
    --keep) keep=$(cd "${2:?}" && pwd -P); shift 2 ;;
    --remove) only_remove=yes; shift ;;
    *) die "unknown argument: $1" ;;
  esac
done
primary=$prefix-pr standby=$prefix-s1 network=$prefix-net
secrets=(ca.crt server.crt server.key repl.crt repl.key password)

remove_all() {
  podman rm -f -t 0 "$primary" "$standby" "$prefix-task" || true
  podman volume rm -f "$primary" "$standby" || true
  podman secret rm "${secrets[@]/#/$prefix-}" || true
  podman network rm -f "$network" || true
} >/dev/null 2>&1

done_with=''
finish() {
  [ -n "$done_with" ] || remove_all
  [ -n "$keep" ] || rm -rf "$work"
}
work=${keep:-$(mktemp -d)}
trap finish EXIT
trap 'exit 130' INT TERM
remove_all
[ -z "$only_remove" ] || exit 0
cd "$work"
umask 077
# A person knows the ids of the account in the image; finding them is not part of the measured work.
owner=$(podman run --rm "$image" sh -c 'echo uid=$(id -u),gid=$(id -g)')

certificate() { # certificate FILE COMMON-NAME
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout "$1.key" -out "$1.csr" -subj "/CN=$2" 2>/dev/null
  openssl x509 -req -in "$1.csr" -CA ca.crt -CAkey ca.key -CAcreateserial -days 30 -out "$1.crt" \
    -extfile <(echo "subjectAltName=DNS:$primary,DNS:$standby,DNS:localhost,IP:127.0.0.1") 2>/dev/null
}

make_certificates() {
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout ca.key -out ca.crt -subj /CN=ca -days 30 2>/dev/null
  certificate server "$prefix"
  certificate repl streaming_replica
  openssl rand -hex 16 >password
}

make_secrets() {
  local name
  for name in "${secrets[@]}"; do
    podman secret create "$prefix-$name" "$name" >/dev/null
    mounts+=(--secret "$prefix-$name,target=/run/cortex/$name,$owner,mode=0400")
  done
}

settings=(-c ssl=on -c ssl_ca_file=/run/cortex/ca.crt -c ssl_cert_file=/run/cortex/server.crt -c ssl_key_file=/run/cortex/server.key
  -c 'listen_addresses=*' -c wal_level=replica -c max_wal_senders=3 -c hot_standby=on -c unix_socket_directories=/tmp)

initialise() {
  podman run --rm -i --name "$prefix-task" "${mounts[@]}" -v "$primary:/data:U" "$image" sh -eu <<'INSIDE' >/dev/null
initdb -D /data/pg --auth=scram-sha-256 --pwfile=/run/cortex/password -U postgres --data-checksums
cat >/data/pg/pg_hba.conf <<'HBA'
local all all peer
hostssl replication streaming_replica all cert
hostssl all all all scram-sha-256
HBA
INSIDE
}

start() { # start INSTANCE PORT
  podman run -d --name "$1" --network "$network" -p "127.0.0.1:$2:5432" "${mounts[@]}" -v "$1:/data" "$image" \
    postgres -D /data/pg "${settings[@]}" >/dev/null
}

sql() { podman exec -i "$1" psql -X -h /tmp -Atq -v ON_ERROR_STOP=1; }

# The application's password travels on standard input, never on a command line.
make_roles() {
  { printf "create role streaming_replica replication login; create role app login password '%s';" "$(cat password)"
    echo 'create database app owner app;'; } | sql "$primary"
}

copy() {
  podman run --rm --name "$prefix-task" --network "$network" "${mounts[@]}" -v "$standby:/data:U" "$image" \
    pg_basebackup -D /data/pg -R -X stream -c fast -d "host=$primary user=streaming_replica sslmode=verify-full \
sslrootcert=/run/cortex/ca.crt sslcert=/run/cortex/repl.crt sslkey=/run/cortex/repl.key"
}

is_up() { podman exec "$1" pg_isready -q -h /tmp; }
streams() { [ "$(sql "$primary" <<<"select count(*) from pg_stat_replication where state = 'streaming'")" = 1 ]; }
phase() { report "$1" "$begin" >&3; }

mounts=()
begin=$(microseconds)
podman network create "$network" >/dev/null
make_certificates
phase certificates
make_secrets
phase secrets
initialise
phase initdb
start "$primary" "$port"
wait_until 'the primary answers' 60 is_up "$primary"
phase primary
make_roles
copy
phase basebackup
start "$standby" "$((port + 1))"
wait_until 'the standby streams' 60 streams
report create "$begin"

printf '127.0.0.1:*:app:app:%s\n' "$(cat password)" >pgpass
done_with=$keep
