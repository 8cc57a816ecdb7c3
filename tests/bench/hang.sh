# shellcheck shell=bash
# Switchovers while the repository hangs, beside switchovers of a pair without a repository. Sourced; needs common.sh, cortex.sh and
# backup_quietly.

: "${here:?the folder of this file}" "${root:?the folder of the checkout}" "${results:?a folder for what is measured}" "${rounds:?}"
hang_pair=bench-archived

hang_rounds() {
  local round
  echo 'two pairs are made, one of them with a repository …' >&2
  cortex_up
  sed 's/instances: 1/instances: 2/' "$here/backup.yaml" | kubectl apply -f - >/dev/null
  kubectl wait cortexcluster "$hang_pair" --for condition=Archiving --timeout 120s >/dev/null
  for ((round = 1; round <= rounds; round++)); do
    hang_round "$cortex_name" "$results/gap.plain" true true
    hang_round "$hang_pair" "$results/gap.hanging" hang_begin hang_end
  done
  cortex_down
}

# The gap is that of the receipt: the operator itself writes during the shutdown.
hang_round() { # hang_round CLUSTER FILE BEFORE AFTER
  local cortex_name=$1 from to gap
  cortex_settle
  from=$(cortex_field .status.primary) to=$(cortex_standby)
  sleep 1
  "$3" "$from"
  backup_quietly "$root/cortex" promote "$to"
  "$4" "$to"
  gap=$(cortex_field .status.lastPromotion.writeGapMs)
  [ -n "$gap" ] || die "the receipt of $to has no write gap: $(cortex_field .status.lastPromotion)"
  echo "$gap" >>"$2"
  echo "switchover $(wc -l <"$2") of $rounds, $cortex_name: no writes for $gap ms; $(tail -n 1 "$results/output")" >&2
}

# A program that opens a FIFO waits until another opens it for writing, as for a drive that does not answer. pgBackRest opens this file
# first, whatever it is asked for. A segment is archived then, so that the server's archiver waits, too.
hang_begin() { # hang_begin PRIMARY
  hang_inside "$1" 'mkfifo archive.info.hangs; ln archive.info archive.info.kept; mv archive.info.hangs archive.info'
  podman exec "$1-postgres" psql -X -h /var/lib/cortex/run -U postgres -Atq -v ON_ERROR_STOP=1 \
    -c "select pg_logical_emit_message(true, 'bench', 'something to archive')" -c 'select pg_switch_wal()' >/dev/null
  wait_until 'the archiver of PostgreSQL waits for the repository' 60 hang_is_there "$1"
  sleep 1
  hang_is_there "$1" || die 'the archiver of PostgreSQL does not wait for the repository'
}

# The brackets keep these programs themselves from matching.
hang_is_there() { podman exec "$1-postgres" sh -c 'grep -qsa "[a]rchive-push" /proc/[0-9]*/cmdline'; }

# Opens the FIFO for writing, which lets go every program that waits.
hang_end() {
  hang_inside "$1" 'mv archive.info archive.info.hangs; mv archive.info.kept archive.info; : <>archive.info.hangs; rm archive.info.hangs'
}

hang_inside() { # hang_inside INSTANCE SCRIPT: in the folder of its cluster's archive
  podman exec "$1-postgres" sh -ceu "cd \"\$1\"; $2" hang "$(cortex_field .status.backup.folder)/archive/cortex"
}
