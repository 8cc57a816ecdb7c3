#!/bin/sh
# Last step of build.sh, run by mmdebstrap outside the new root file system (its path is $1): takes away what a
# container that only runs PostgreSQL never reads, and everything that differs between two builds of the same packages.
set -eu
root=$1
bin=$(echo "$root"/usr/lib/postgresql/*/bin)
[ -x "$bin/postgres" ] || { echo "slim: no PostgreSQL found below /usr/lib/postgresql" >&2; exit 1; }

# JIT compilation: PostgreSQL runs without it when the provider is absent, and libllvm with libz3 is larger than the
# rest of the image (https://www.postgresql.org/docs/current/jit-extensibility.html).
rm -f "$bin"/../lib/llvmjit*.so "$root"/usr/lib/*-linux-gnu/libLLVM* "$root"/usr/lib/*-linux-gnu/libz3.so*
rm -rf "$root"/usr/lib/llvm-* "$bin"/../lib/bitcode

# Perl and Debian's cluster wrappers: the wrappers in /usr/bin would hide the real programs in PostgreSQL's own bin.
rm -rf "$root"/usr/share/perl* "$root"/usr/lib/*-linux-gnu/perl* "$root"/usr/lib/*-linux-gnu/libperl.so*
find "$root/usr/bin" "$root/usr/sbin" -type l -lname '*pg_wrapper*' -delete
for file in "$root"/usr/bin/* "$root"/usr/sbin/*; do
  if [ -L "$file" ] || [ ! -f "$file" ]; then continue; fi
  if head -c 64 "$file" | head -n 1 | grep -aq '^#!.*perl'; then rm -f "$file"; fi
done
rm -f "$root"/usr/bin/perl*
rm -rf "$root"/usr/share/postgresql-common "$root"/etc/postgresql-common "$root"/etc/perl

# A snakeoil key made while building would be the same in every container of the image.
rm -rf "$root"/etc/ssl/private/* "$root"/etc/ssl/certs/ssl-cert-snakeoil.pem
find "$root/etc/ssl/certs" -xtype l -delete

# Package manager state, caches and logs, for which build.sh has mmdebstrap skip its own cleanup of apt. The list of installed
# packages stays: scanners read it.
rm -rf "$root"/var/lib/apt/lists/auxfiles
find "$root/var/lib/apt/lists" "$root/var/cache" "$root/var/log" -mindepth 1 ! -type d -delete
rm -rf "$root"/var/lib/dpkg/*-old "$root"/var/cache/debconf/* "$root"/var/cache/ldconfig
rm -rf "$root"/var/lib/postgresql/* "$root"/usr/share/locale "$root"/usr/share/i18n "$root"/usr/share/info
rm -f "$root"/etc/machine-id "$root"/var/lib/dbus/machine-id "$root"/etc/hostname "$root"/etc/resolv.conf
rm -f "$root"/etc/passwd- "$root"/etc/group- "$root"/etc/shadow- "$root"/etc/gshadow-
# (mmdebstrap removes its own 00mmdebstrap afterwards and insists on finding it.)
find "$root/etc/apt" -type f ! -name 00mmdebstrap -delete
# /tmp is emptied by mmdebstrap at its end. Until then the apt configuration lies there that confines apt-get to the new root; without
# it, an apt-get of mmdebstrap works on the lists and the cache of this machine.
rm -rf "$root"/var/tmp/* "$root"/run/*

# No process needs to become root: instances cannot gain privileges, and other containers of this image need none.
find "$root" -xdev -type f -perm /6000 -exec chmod ug-s {} +

# Better no image than one that lacks a library.
for program in postgres initdb pg_ctl pg_basebackup pg_rewind pg_controldata pg_isready pg_waldump psql; do
  chroot "$root" "${bin#"$root"}/$program" --version >/dev/null || { echo "slim: $program does not start" >&2; exit 1; }
done
chroot "$root" pgbackrest version >/dev/null || { echo "slim: pgbackrest does not start" >&2; exit 1; }
