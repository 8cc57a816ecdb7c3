# Runs as the postgres user in a one-shot container that has the instance's volume.
# After fill-secrets.sh.
# Arguments: postgresql.conf, pg_hba.conf, pg_ident.conf, the authority's certificate, pgbackrest.conf (empty: none).
# Secrets: server.pem, replication.pem, and those that pgbackrest.conf names.
set -eu
umask 077
cd /var/lib/cortex

# By a rename: a process that reads during the write sees the complete old file.
put() {
    rm -rf "$1.new"
    cat >"$1.new"
    sync "$1.new"
    mv "$1.new" "$1"
}

mkdir -p conf tls run
printf '%s' "$4" | put tls/ca.crt
put tls/server.pem </run/secrets/server.pem
put tls/replication.pem </run/secrets/replication.pem
printf '%s' "$2" | put conf/pg_hba.conf
printf '%s' "$3" | put conf/pg_ident.conf
if [ -n "$5" ]; then printf '%s' "$5" | fill_secrets | put conf/pgbackrest.conf; else rm -f conf/pgbackrest.conf; fi
# A private key does not stay when the repository is no longer on its server.
grep -qs '=/var/lib/cortex/conf/backup-key$' conf/pgbackrest.conf || rm -f conf/backup-key
# The last file: process 1 of the instance makes the server load all files when this one changes (see serve.sh).
printf '%s' "$1" | put conf/postgresql.conf
sync conf tls
