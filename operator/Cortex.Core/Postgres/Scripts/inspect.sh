# Says what a data directory at rest is; says nothing when there is no whole one.
set -eu
cd /var/lib/cortex
[ -d pgdata ] || exit 0
LC_ALL=C pg_controldata -D pgdata
[ ! -f pgdata/standby.signal ] || echo "Standby signal: present"
