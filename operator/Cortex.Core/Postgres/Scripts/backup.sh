# Makes a backup of the instance whose volume is mounted, over its socket. Argument: the type, as pgBackRest calls it.
# Clients come first: it copies with the lowest priority.
set -eu
exec nice -n 19 pgbackrest --config=/var/lib/cortex/conf/pgbackrest.conf --stanza=cortex --type="$1" --log-level-console=info backup
