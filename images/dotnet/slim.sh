#!/bin/sh
# Step of build.sh, run by mmdebstrap outside the new root file system (its path is $1): what is left is what the runtime
# links to, the certificate authorities, and an account.
set -eu
root=$1
mkdir -p "$root/etc/ssl/certs" "$root/tmp"
chmod 1777 "$root/tmp"
find "$root/usr/share/ca-certificates" -name '*.crt' | sort | xargs cat >"$root/etc/ssl/certs/ca-certificates.crt"
printf '%s\n' root:x:0:0::/root:/sbin/nologin app:x:1654:1654::/tmp:/sbin/nologin >"$root/etc/passwd"
printf '%s\n' root:x:0: app:x:1654: >"$root/etc/group"
# Programs from the packages of the libraries: they are not configured, and nothing in this image calls them.
rm -rf "${root:?}"/usr/bin/* "${root:?}"/usr/sbin/* "$root"/usr/include "$root"/usr/games "$root"/usr/src "$root"/usr/lib/*/gconv \
  "$root"/usr/share/ca-certificates "$root"/usr/share/perl5 "$root"/usr/share/debconf
find "$root/var/lib/apt/lists" "$root/var/cache" "$root/var/log" -mindepth 1 ! -type d -delete
