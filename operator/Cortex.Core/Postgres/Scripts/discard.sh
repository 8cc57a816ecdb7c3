# Removes the copy of the data that a new one replaced, and the rest of an interrupted one. The volume is never without data: pgdata must
# exist.
set -eu
cd /var/lib/cortex
[ -d pgdata ]
rm -rf pgdata.old pgdata.new
rm -f unusable
