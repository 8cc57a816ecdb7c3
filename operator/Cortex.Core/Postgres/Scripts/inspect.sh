# Describes a data directory without a server; prints nothing if there is no complete one.
set -eu
cd /var/lib/cortex
[ -d pgdata ] || exit 0
# Not more bytes than a version has: the owner of the volume may have put anything there.
[ ! -f pgdata/PG_VERSION ] || echo "Major version: $(head -c 8 pgdata/PG_VERSION)"
LC_ALL=C pg_controldata -D pgdata
[ ! -f pgdata/standby.signal ] || echo "Standby signal: present"
[ ! -f restored ] || echo "Restored: $(head -c 100 restored | head -n 1)"
