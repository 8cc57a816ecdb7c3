# Makes a backup of the instance whose volume is mounted, over its socket. Argument: the type, as pgBackRest calls it.
# A server that crashed in the middle of a backup needs a moment until the next one.
# Clients come first: it copies with the lowest priority.
set -eu
waits=60
until pg_isready -q -h /var/lib/cortex/run || [ "$waits" = 0 ]; do
    sleep 1
    waits=$((waits - 1))
done
exec nice -n 19 pgbackrest --config=/var/lib/cortex/conf/pgbackrest.conf --stanza=cortex --type="$1" --log-level-console=info backup
