# shellcheck shell=bash
# Backups by the operator beside the same pgBackRest by hand, in a container with the same image, volumes and settings: a full backup, a
# restore, and what clients can write during a backup. Sourced; needs die, median, table_row, hang.sh and KUBECONFIG.

: "${root:?the folder of the checkout}" "${results:?a folder for what is measured}" "${rounds:?}" "${size:?in MB}"
backup_cluster=bench-archived backup_volume=bench-backups backup_image=localhost/anvil-alloydb-core
backup_restored=bench-restored     # the cluster that the operator restores
backup_hand=bench-by-hand          # what is made by hand: a container, and the volume that it restores into
backup_socket=/var/lib/cortex/run
backup_program=(pgbackrest --config=/var/lib/cortex/conf/pgbackrest.conf --stanza=cortex)
declare -A backup_words=([hand]='by hand' [operator]='by the operator')
measured=''

bench_backup() {
  backup_fill
  backup_rounds copy ms
  backup_rounds restore ms
  backup_rounds writes 'transactions a second'
  kubectl delete cortexcluster "$backup_cluster" --wait --timeout 120s >/dev/null
  hang_rounds
  backup_table
}

# Every second round in the opposite order, so that no side is always behind the other.
backup_rounds() { # backup_rounds WHAT UNIT: the function backup_WHAT SIDE sets measured
  local round side sides
  for ((round = 1; round <= rounds; round++)); do
    if ((round % 2)); then sides=(hand operator); else sides=(operator hand); fi
    for side in "${sides[@]}"; do
      backup_settle
      "backup_$1" "$side"
      echo "$measured" >>"$results/$1.$side"
      echo "round $round of $rounds, $1 ${backup_words[$side]}: $measured $2" >&2
    done
  done
}

backup_fill() {
  local begin scale=$((size < 15 ? 1 : size / 15))   # pgbench makes 15 MB for each unit of its scale
  kubectl wait cortexcluster "$backup_cluster" --for condition=Archiving --timeout 120s >/dev/null
  echo "pgbench writes $size MB …" >&2
  begin=$(microseconds)
  backup_quietly backup_inside pgbench -i -q -s "$scale" -h "$backup_socket" -U postgres app
  backup_settle
  echo "pgbench wrote $(backup_sql "select pg_size_pretty(pg_database_size('app'))"), and it is archived: $(report after "$begin") ms" >&2
}

backup_quietly() { # backup_quietly COMMAND …: its output is printed only if it fails
  local status=0
  "$@" >"$results/output" 2>&1 </dev/null || status=$?
  [ "$status" = 0 ] || { cat "$results/output" >&2; die "$1 ended with $status; its output is above"; }
}

backup_inside() { podman exec "$backup_cluster-pr-postgres" "$@"; }
backup_sql() { backup_inside psql -X -h "$backup_socket" -U postgres -d app -Atq -v ON_ERROR_STOP=1 -c "$1"; }

# A backup waits until all WAL before its end is archived: what an earlier measurement wrote must not count.
backup_settle() {
  backup_sql checkpoint
  wait_until 'all WAL is archived' 600 backup_is_archived
}
backup_is_archived() { [ "$(backup_sql "select count(*) from pg_ls_archive_statusdir() where name like '%.ready'")" = 0 ]; }

backup_time() { # backup_time COMMAND …
  local begin
  begin=$(microseconds)
  backup_quietly "$@"
  measured=$((($(microseconds) - begin) / 1000))
}

backup_copy() { backup_time "backup_copy_$1"; }
backup_copy_operator() { "$root/cortex" backup "$backup_cluster"; }
backup_copy_hand() {
  podman run --rm --name "$backup_hand" --network none -v "$backup_cluster-pr-data:/var/lib/cortex" \
    -v "$backup_volume:/var/lib/cortex-backup" "$backup_image" "${backup_program[@]}" --type=full backup
}

backup_restore() {
  backup_folder=$(kubectl get cortexcluster "$backup_cluster" -o jsonpath='{.status.backup.folder}')
  wait_until 'the operator has read the repository' 60 backup_print_restored
  backup_time "backup_restore_$1"
  backup_forget
}
backup_print_restored() { "$root/cortex" restore "$backup_cluster" --to "$backup_restored" >"$results/restored.yaml" 2>"$results/output"; }
backup_restore_operator() {
  kubectl apply -f "$results/restored.yaml" && kubectl wait cortexcluster "$backup_restored" --for condition=Ready --timeout 1800s
}

# Without hot_standby the server accepts connections when its recovery has ended, and not before.
backup_restore_hand() {
  podman volume create "$backup_hand" && podman run --rm --name "$backup_hand" --network none -v "$backup_hand:/restored:U" \
    -v "$backup_volume:/var/lib/cortex-backup:ro" "$backup_image" pgbackrest --repo1-path="$backup_folder" --stanza=cortex \
    --pg1-path=/restored/pgdata --lock-path=/restored --log-level-file=off --archive-mode=off restore &&
    podman run -d --name "$backup_hand" --network none -v "$backup_hand:/restored" -v "$backup_volume:/var/lib/cortex-backup:ro" \
      "$backup_image" postgres -D /restored/pgdata -c listen_addresses= -c unix_socket_directories=/restored -c hot_standby=off &&
    podman exec "$backup_hand" timeout 1800 sh -c 'until pg_isready -q -h /restored; do sleep 0.05; done'
}

backup_forget() { # removes what was restored, or what remains of it
  [ -z "${KUBECONFIG:-}" ] || kubectl delete cortexcluster "$backup_restored" --ignore-not-found --wait --timeout 120s >/dev/null
  podman rm -f -t 0 -i "$backup_hand" >/dev/null
  podman volume rm -f "$backup_hand" >/dev/null
}

# pgbench says every second how much it has written; the seconds count that lie within a backup, as pgBackRest gives its begin and its end.
# A short backup is repeated until there are 20 of them.
backup_writes() {
  local writer
  : >"$results/during"
  backup_inside pgbench -n -c 4 -j 2 -T 3600 -P 1 --progress-timestamp -h "$backup_socket" -U postgres app >"$results/writer" 2>&1 &
  writer=$!
  sleep 3
  until awk '{ all += $2 - $1 } END { exit all < 20 }' "$results/during"; do
    backup_quietly "backup_copy_$1"
    backup_newest >>"$results/during"
  done
  kill -0 "$writer" 2>/dev/null || { cat "$results/writer" >&2; die 'pgbench ended too early; its output is above'; }
  backup_sql "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'pgbench'" >/dev/null
  wait "$writer" || true
  measured=$(awk 'NR == FNR { from[NR] = $1; to[NR] = $2; next }
    /^progress:/ { for (i in from) if ($2 >= from[i] + 1 && $2 <= to[i]) { all += $4; count++ } }
    END { printf "%d", all / count }' "$results/during" "$results/writer")
}

backup_newest() { # prints its begin and its end, in seconds since 1970
  backup_inside "${backup_program[@]}" --output=json info | grep -o '"timestamp":{"start":[0-9]*,"stop":[0-9]*}' | tail -n 1 |
    grep -o '[0-9]*' | paste -s -d ' '
}

backup_table() {
  local side what title
  echo "| pgBackRest, $size MB | rounds | min | median | max |"
  echo '| --- | --- | --- | --- | --- |'
  while read -r what title; do
    for side in hand operator; do table_row "${title/SIDE/${backup_words[$side]}}" <"$results/$what.$side"; done
  done <<'ROWS'
copy full backup SIDE, ms
restore restore SIDE until the server accepts writes, ms
writes writes during a backup SIDE, transactions a second
ROWS
  table_row 'switchover without a repository, write gap in ms' <"$results/gap.plain"
  table_row 'switchover while the repository hangs, write gap in ms' <"$results/gap.hanging"
  echo
  echo '| compared (medians) | measured | target for 2 GB | |'
  echo '| --- | --- | --- | --- |'
  backup_verdict 'full backup, operator / by hand' "$(median copy.operator) / $(median copy.hand)" 'at most' 1.1
  backup_verdict 'restore, operator - by hand, s' "($(median restore.operator) - $(median restore.hand)) / 1000" 'at most' 3
  backup_verdict 'writes during a backup, operator / by hand' "$(median writes.operator) / $(median writes.hand)" 'at least' 0.9
  backup_verdict 'write gap, repository hangs / slowest switchover without a repository' \
    "$(median gap.hanging) / $(sort -n "$results/gap.plain" | tail -n 1)" 'at most' 1
}

backup_verdict() { # backup_verdict TITLE EXPRESSION SENSE LIMIT
  awk -v title="$1" -v sense="$3" -v limit="$4" "BEGIN { value = $2"'
    holds = sense == "at most" ? value <= limit : value >= limit
    printf "| %s | %.2f | %s %s | %s |\n", title, value, sense, limit, holds ? "met" : "missed" }'
}

# The operator never removes a repository. Called when every cluster is gone.
backup_down() {
  KUBECONFIG='' backup_forget
  podman volume rm -f "$backup_volume" >/dev/null
}
