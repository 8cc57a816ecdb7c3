#!/bin/sh
# Early step of build.sh, run by mmdebstrap before PostgreSQL is installed into the new root file system ($1).
# The account gets the numbers it has in the official image, so that a volume moves between both images.
set -eu
root=$1
echo 'postgres:x:999:' >> "$root/etc/group"
echo 'postgres:!::' >> "$root/etc/gshadow"
echo 'postgres:x:999:999:PostgreSQL administrator:/var/lib/postgresql:/bin/sh' >> "$root/etc/passwd"
echo 'postgres:!:1::::::' >> "$root/etc/shadow"
# Debian's package would make a database cluster of its own while it is installed.
mkdir -p "$root/etc/postgresql-common/createcluster.d"
echo 'create_main_cluster = false' > "$root/etc/postgresql-common/createcluster.d/none.conf"
