# shellcheck shell=bash
# Images of the cluster: from Podman's store into the node's. Sourced; needs layout.sh, node.sh and podman.sh.

: "${root:?}" "${state:?}" "${binaries:?}" "${pause_image:?}"

load_images() { # load_images IMAGE …
  local image id stamp
  podman_settings "$root/.build/podman"
  mkdir -p "$state/images"
  for image; do
    id=$(podman image inspect --format '{{.Id}}' "$image" 2>/dev/null) || fail "Podman has no image $image" "podman images lists all images."
    stamp=$state/images/$(tr -c 'A-Za-z0-9._-' _ <<<"$image")
    [ "$id" != "$(cat "$stamp" 2>/dev/null)" ] || { say "$image is there already"; continue; }
    say "loading $image"
    podman save "$image" 2>/dev/null | in_node ctr -n k8s.io images import - >/dev/null || fail "$image could not be loaded"
    echo "$id" >"$stamp"
  done
}

# The image of the container that holds a pod's network: one program, packed here, because there is no registry to pull it from.
import_pause() {
  in_node ctr -n k8s.io images ls -q | grep -qxF "$pause_image" && return
  local folder
  folder=$(mktemp -d)
  tar -C "$binaries" --owner 0 --group 0 --mode 755 -cf "$folder/layer.tar" pause
  cat >"$folder/config.json" <<JSON
{"architecture": "$(dpkg --print-architecture)", "os": "linux", "config": {"Entrypoint": ["/pause"], "User": "65535"},
 "rootfs": {"type": "layers", "diff_ids": ["sha256:$(sha256sum <"$folder/layer.tar" | cut -d ' ' -f 1)"]}}
JSON
  echo "[{\"Config\": \"config.json\", \"RepoTags\": [\"$pause_image\"], \"Layers\": [\"layer.tar\"]}]" >"$folder/manifest.json"
  tar -C "$folder" -cf - manifest.json config.json layer.tar | in_node ctr -n k8s.io images import - >/dev/null || fail 'the image of the pods'\'' sandbox could not be imported'
  rm -rf "$folder"
}
