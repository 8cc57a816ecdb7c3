# Removes the copy of the data that a new one replaced. The volume is never without data: pgdata must be there.
set -eu
cd /var/lib/cortex
[ -d pgdata ]
rm -rf pgdata.old
rm -f unusable
