#!/usr/bin/env bash
# Builds the image of a server of SFTP for the tests, from Debian's packages: OpenSSH and a shell, without a configuration.
set -euo pipefail
export LC_ALL=C
cd "$(dirname "${BASH_SOURCE[0]}")"

fail() { printf 'image.sh: %s\n' "$@" >&2; exit 1; }
# shellcheck source=scripts/debian.sh
. ../../scripts/debian.sh

image=localhost/cortex-test-sftp:trixie   # SftpServer.cs has this name
packages=base-files,openssh-server,openssh-sftp-server,dash,coreutils,findutils

! podman image exists "$image" || exit 0
need_mmdebstrap 'The tests of backups on a server of SFTP need it.'
options=() sources=()   # debian_sources fills them
debian_sources trixie '' ''
work=$(mktemp -d "${TMPDIR:-/tmp}/cortex-sftp.XXXXXXXX")
trap 'rm -rf --one-file-system "$work"' EXIT
chmod 711 "$work"   # apt downloads as an account of its own
echo 'Making the image of a server of SFTP for the tests (a minute, once) …' >&2
# The packages are unpacked only: an installation would take three times the space.
TMPDIR=$work mmdebstrap "${options[@]}" --format=tar --variant=extract --include="$packages" trixie "$work/root.tar" \
  ${sources[@]+"${sources[@]}"} >"$work/log" 2>&1 || explain_debian "$work/log" trixie
podman import --quiet "$work/root.tar" "$image" >/dev/null
