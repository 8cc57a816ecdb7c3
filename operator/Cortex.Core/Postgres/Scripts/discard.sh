# Removes the copy of the data that a new one replaced, and what is left of one that was cut off. The volume is never without data: pgdata must be there.
set -eu
cd /var/lib/cortex
[ -d pgdata ]
rm -rf pgdata.old pgdata.new
rm -f unusable
