# After fill-secrets.sh. Says what a folder of a repository holds: when its newest segment was archived, in seconds since 1970, and
# pgBackRest's list as JSON.
# Arguments: pgbackrest.conf, the folder.
# Exit code 65: the folder does not exist.
set -eu
umask 077
[ -d "$2/backup" ] || { echo "the volume has no folder $2 with backups" >&2; exit 65; }
printf '%s' "$1" | fill_secrets >/tmp/source.conf
# Segments are kept in folders that have the beginning of their names, so that the newest is the last of the last folder.
newest=''
for archive in "$2"/archive/cortex/*/; do
    part=''
    for part in "$archive"????????????????/; do :; done
    for segment in "$part"????????????????????????-*; do
        case $segment in *.partial-*) continue ;; esac
        [ ! -e "$segment" ] || newest=$segment
    done
done
[ -z "$newest" ] || echo "archived: $(stat -c %Y "$newest")"
exec pgbackrest --config=/tmp/source.conf --stanza=cortex --output=json info
