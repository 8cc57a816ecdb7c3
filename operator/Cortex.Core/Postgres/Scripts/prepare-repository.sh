# Makes the folder of a cluster in the repository of backups, and prepares it for the database system of the instance whose volume is
# mounted.
# Arguments: the folder, empty where the repository is not a volume; the mark of the cluster.
# Says of each other folder with backups of a cluster that had the same name: "earlier: UID", of a volume the newest first.
# Exit code 65: the folder is another cluster's.
set -eu
umask 077
# Two clusters in one folder would overwrite each other's WAL: pgBackRest compares system identifiers, which a copy of a cluster shares.
if [ -z "$1" ]; then
    repository() { pgbackrest --config=/var/lib/cortex/conf/pgbackrest.conf --raw "$@"; }
    # It ends with 1 where the object does not exist.
    found=$(repository --ignore-missing repo-get cortex-cluster) || [ $? = 1 ]
    if [ -z "$found" ]; then
        printf '%s\n' "$2" | repository repo-put cortex-cluster
    elif [ "$found" != "$2" ]; then
        echo "its path is that of another cluster: $(printf '%.200s' "$found")"
        exit 65
    fi
elif [ -e "$1/cortex-cluster" ]; then
    [ "$(head -c 1000 "$1/cortex-cluster")" = "$2" ] ||
        { echo "$1 is the folder of another cluster: $(head -c 200 "$1/cortex-cluster")"; exit 65; }
else
    if [ -e "$1/archive" ] || [ -e "$1/backup" ]; then echo "$1 has backups of which it does not say whose they are"; exit 65; fi
    mkdir -p "$1"
    rm -f "$1/cortex-cluster.new"
    printf '%s\n' "$2" >"$1/cortex-cluster.new"
    sync "$1/cortex-cluster.new"
    mv "$1/cortex-cluster.new" "$1/cortex-cluster"
    sync "$1"
fi
pgbackrest --config=/var/lib/cortex/conf/pgbackrest.conf --stanza=cortex stanza-create
if [ -n "$1" ]; then
    # shellcheck disable=SC2012
    ls -dt "${1%/*}"/*/backup/cortex/backup.info 2>/dev/null | while IFS= read -r other; do
        other=${other%/backup/cortex/backup.info}
        [ "$other" = "$1" ] || echo "earlier: ${other##*/}"
    done
else
    path=$(sed -n 's/^repo1-path=//p' /var/lib/cortex/conf/pgbackrest.conf)
    list() { pgbackrest --config=/var/lib/cortex/conf/pgbackrest.conf --repo1-path="${path%/*}" repo-ls "$@" || :; }
    # Each is asked for by a program of its own.
    list | head -n 20 | while IFS= read -r other; do
        [ "$other" = "${path##*/}" ] || [ -z "$(list "$other/backup/cortex")" ] || echo "earlier: $other"
    done
fi
