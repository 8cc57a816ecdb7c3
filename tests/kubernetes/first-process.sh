#!/usr/bin/env bash
# The first process of the node. It builds a root of the machine's programs and the cluster's own folders, moves there,
# so that nothing that the machine has mounted is held here, and then takes care of orphans until the node ends.
set -euo pipefail
state=$1 binaries=$2 scripts=$3 node_name=$4
node=$state/root

build_root() {
  mkdir -p "$node"
  mount -t tmpfs -o mode=755 tmpfs "$node"
  cd "$node"
  mkdir -p usr etc dev proc sys run root srv/{state,binaries,scripts} tmp var/{lib,log,tmp} old
  local link
  for link in bin sbin lib lib64; do [ ! -L "/$link" ] || cp -P "/$link" .; done
  mount -o bind,ro /usr usr
  mount -o bind,ro /etc etc
  mount -o bind,ro "$binaries" srv/binaries
  mount -o bind,ro "$scripts" srv/scripts
  mount --bind "$state" srv/state
  mount --rbind /dev dev
  mount -t proc proc proc
  mount -t sysfs sysfs sys
  mount --rbind /sys/fs/cgroup sys/fs/cgroup
}

# Paths that are written into Kubernetes and its network plugins: they lead into the folder of the cluster.
own_folders() {
  local folder
  for folder in tmp var/lib var/log; do
    mkdir -p "srv/state/${folder##*/}"
    mount --bind "srv/state/${folder##*/}" "$folder"
  done
  chmod 1777 tmp
  mkdir -p tmp/hostpath_pv
}

build_root
own_folders
pivot_root . old
cd /
umount --lazy /old
rmdir /old
# Mounts that are made after a container has started reach it too.
mount --make-rshared /
hostname "$node_name"
touch /srv/state/node-has-its-root

# bash reaps every orphan that it inherits.
while :; do
  sleep 1000 &
  wait "$!" || true
done
