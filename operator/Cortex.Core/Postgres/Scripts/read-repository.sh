# After fill-secrets.sh. Says what a folder of a repository holds: when its newest segment was archived, in seconds since 1970, and
# pgBackRest's list as JSON.
# Arguments: pgbackrest.conf, the folder; empty where the repository is not a volume.
# Exit code 65: the folder does not exist.
set -eu
umask 077
[ -z "$2" ] || [ -d "$2/backup" ] || { echo "the volume has no folder $2 with backups" >&2; exit 65; }
printf '%s' "$1" | fill_secrets >/tmp/source.conf
last() { # last PATH PATTERN : the last name in a folder of the repository that the pattern matches
    pgbackrest --config=/tmp/source.conf --filter="$2" --sort=desc repo-ls "$1" | head -n 1
}
if [ -z "$2" ]; then
    archive=archive/cortex/$(last archive/cortex '^[0-9]+-[0-9]+$')
    part=$archive/$(last "$archive" '^[0-9A-F]{16}$')
    newest=$(last "$part" '^[0-9A-F]{24}-[0-9a-f]{40}')
    [ -z "$newest" ] || pgbackrest --config=/tmp/source.conf --filter="^$newest" --output=json repo-ls "$part" |
        sed -n 's/.*"time":\([0-9]*\).*/archived: \1/p'
    exec pgbackrest --config=/tmp/source.conf --stanza=cortex --output=json info
fi
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
