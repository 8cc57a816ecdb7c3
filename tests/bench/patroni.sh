# shellcheck shell=bash
# Patroni with etcd, two members on loopback, as a side of the comparison. Sourced; needs die, wait_until and results.
# All files are in one temporary folder, and every process is ended by its number.

: "${root:?the folder of the checkout}" "${results:?a folder for what is measured}"
patroni_dcs=22379 patroni_ports=(22432 22433) patroni_rest=(22408 22409)
patroni_work='' patroni_etcd='' patroni_pids=('' '')

patroni_is_installed() {
  patroni_bin=$(find /usr/lib/postgresql -path '*/bin/postgres' -printf '%h\n' 2>/dev/null | sort -V | tail -n 1)
  local program
  [ -n "$patroni_bin" ] || return 1
  # One by one: given several names, `command -v` is content with any of them.
  for program in patroni etcd setpriv jq psql; do command -v "$program" >/dev/null || return 1; done
}

# Debian creates a cluster `main` on Cortex's port; that is prevented. The temporary configuration is removed afterwards.
patroni_install() (
  [ "$(id -u)" = 0 ] || die 'run it as root to install Patroni, or install the packages patroni, etcd-server, postgresql and jq by hand'
  clusters=/etc/postgresql-common/createcluster.d/cortex-bench.conf
  trap 'rm -f "$clusters"' EXIT
  mkdir -p "${clusters%/*}"
  echo 'create_main_cluster = false' >"$clusters"
  ensure_packages_without_services 'etcd patroni postgresql' patroni
)

# PostgreSQL refuses to run as root. setpriv becomes the program, so that $! is the program's own number.
patroni_as() {
  if [ "$(id -u)" = 0 ]; then
    exec setpriv --reuid postgres --regid postgres --init-groups --inh-caps=-all env HOME="$patroni_work" "$@"
  fi
  exec "$@"
}

patroni_up() {
  patroni_work=$(mktemp -d)
  cd "$patroni_work" || die "no folder $patroni_work"
  openssl rand -hex 16 >password
  printf '127.0.0.1:*:*:*:%s\n' "$(<password)" >pgpass
  patroni_member 0 >m0.yml
  patroni_member 1 >m1.yml
  chmod 600 password pgpass m?.yml
  [ "$(id -u)" != 0 ] || chown -R postgres: "$patroni_work"
  cp pgpass "$results/patroni.pgpass" && chmod 600 "$results/patroni.pgpass"
  (patroni_as etcd --data-dir etcd --listen-client-urls "http://127.0.0.1:$patroni_dcs" --advertise-client-urls "http://127.0.0.1:$patroni_dcs" \
    --listen-peer-urls "http://127.0.0.1:$((patroni_dcs + 1))" --initial-advertise-peer-urls "http://127.0.0.1:$((patroni_dcs + 1))" \
    --initial-cluster "default=http://127.0.0.1:$((patroni_dcs + 1))" >etcd.log 2>&1) &
  patroni_etcd=$!
  cd "$root" || die "no folder $root"
  patroni_start 0
  wait_until "Patroni's first member leads" 60 patroni_leads 0
  patroni_settle
}

patroni_member() { # patroni_member N: its configuration; all that is not named here is Patroni's own default
  cat <<YAML
scope: bench
name: m$1
restapi: {listen: "127.0.0.1:${patroni_rest[$1]}", connect_address: "127.0.0.1:${patroni_rest[$1]}"}
etcd3: {host: "127.0.0.1:$patroni_dcs"}
bootstrap:
  dcs: {postgresql: {use_pg_rewind: true}}
  initdb: [{encoding: UTF8}, {locale: C}, data-checksums]
postgresql:
  listen: 127.0.0.1:${patroni_ports[$1]}
  connect_address: 127.0.0.1:${patroni_ports[$1]}
  data_dir: $patroni_work/m$1
  bin_dir: $patroni_bin
  pgpass: $patroni_work/m$1.pgpass
  pg_hba:
    - local all all peer
    - host all all 127.0.0.1/32 scram-sha-256
    - host replication all 127.0.0.1/32 scram-sha-256
  authentication:
    superuser: {username: postgres, password: $(<password)}
    replication: {username: replicator, password: $(<password)}
  parameters: {unix_socket_directories: $patroni_work}
YAML
}

patroni_start() { # patroni_start N
  (cd "$patroni_work" && patroni_as patroni "m$1.yml" >>"m$1.log" 2>&1) &
  patroni_pids[$1]=$!
}

patroni_ctl() { (cd "$patroni_work" && patroni_as patronictl -c m0.yml "$@"); }

patroni_conninfo() {
  local IFS=,
  echo "host=127.0.0.1,127.0.0.1 port=${patroni_ports[*]} dbname=postgres user=postgres sslmode=disable passfile=$results/patroni.pgpass"
}

patroni_ask() { # patroni_ask N SQL
  psql -X -Atq -d "host=127.0.0.1 port=${patroni_ports[$1]} dbname=postgres user=postgres connect_timeout=2 passfile=$results/patroni.pgpass" \
    -c "$2" 2>/dev/null </dev/null
}

patroni_leads() { [ "$(patroni_ask "$1" 'select pg_is_in_recovery()')" = f ]; }

patroni_leader() { if patroni_leads 0; then echo 0; else echo 1; fi; }

# The leader streams to the other member, and Patroni has noticed: it would refuse to change before.
patroni_has_recovered() {
  local leader
  leader=$(patroni_leader)
  [ "$(patroni_ask "$leader" "select count(*) from pg_stat_replication where state = 'streaming'")" = 1 ] &&
    [ "$(patroni_ctl list -f json 2>/dev/null | jq -r '[.[] | .Role + " " + .State] | sort | join(",")')" = 'Leader running,Replica running' ] &&
    [ "$(patroni_ctl list -f json 2>/dev/null | jq '[.[].TL] | unique | length')" = 1 ]
}

# A member that was killed is started as a service manager would do it, and rejoins.
patroni_settle() {
  local member
  for member in 0 1; do
    [ -n "${patroni_pids[$member]}" ] || patroni_start "$member"
  done
  wait_until "both of Patroni's members stream" 120 patroni_has_recovered
}

patroni_switchover() {
  local leader
  leader=$(patroni_leader)
  patroni_ctl switchover bench --leader "m$leader" --candidate "m$((1 - leader))" --force >"$results/patronictl" 2>&1 || die "patronictl: $(tail -n 3 "$results/patronictl")"
  has_asked
}

# The leader's agent dies with its PostgreSQL, as in the death of a machine: an agent that lived would start PostgreSQL again.
patroni_promote() {
  local leader
  leader=$(patroni_leader)
  begins
  kill -9 "${patroni_pids[$leader]}" "$(head -n 1 "$patroni_work/m$leader/postmaster.pid")"
  patroni_pids[leader]=''
  patroni_ctl failover bench --candidate "m$((1 - leader))" --force >"$results/patronictl" 2>&1 || die "patronictl: $(tail -n 3 "$results/patronictl")"
  has_asked
}

# Patroni stops its PostgreSQL when it is told to end.
patroni_down() {
  local process
  for process in "${patroni_pids[@]}" "$patroni_etcd"; do
    [ -z "$process" ] || { kill "$process" && wait "$process"; } 2>/dev/null || true
  done
  [ -z "$patroni_work" ] || rm -rf "$patroni_work"
}
