# Makes /tmp/archived-file.sh, which gets a file of the archive for recovery. /tmp/source.conf is the pgbackrest.conf of the archive.
# To PostgreSQL, a segment that cannot be read is the end of the archive, unless the exit code is above 125; and so is a record that is not
# whole. What comes after it would be missing without a word. The name of a stored segment ends with its checksum.
# Arguments of that program: the name of the file, the path for it.
cat >/tmp/archived-file.sh <<'ARCHIVED_FILE'
pgbackrest --config=/tmp/source.conf --stanza=cortex archive-get "$1" "$2" || {
    [ $? = 1 ] || exit 255
    exit 1
}
[ "${#1}" = 24 ] || exit 0
sum=$(sha1sum <"$2")
if grep -q '^repo1-type=' /tmp/source.conf; then
    # A repository that does not answer now says nothing about the segment.
    archives=$(pgbackrest --config=/tmp/source.conf --filter='^[0-9]+-[0-9]+$' repo-ls archive/cortex) || exit 255
    for archive in $archives; do
        stored=$(pgbackrest --config=/tmp/source.conf --filter="^$1-${sum%% *}" repo-ls "archive/cortex/$archive/${1%????????}") || exit 255
        [ -z "$stored" ] || exit 0
    done
    echo "damaged segment: $1"
    exit 255
fi
cd "$(sed -n 's/^repo1-path=//p' /tmp/source.conf)"
for stored in archive/cortex/*/"${1%????????}"/"$1-${sum%% *}"*; do
    [ ! -e "$stored" ] || exit 0
done
echo "damaged segment: $(echo archive/cortex/*/"${1%????????}"/"$1"-*)"
exit 255
ARCHIVED_FILE
