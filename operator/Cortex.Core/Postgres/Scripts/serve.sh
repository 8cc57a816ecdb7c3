# Process 1 of an instance's container; its arguments are those of postgres.
# Podman starts a container whose process died immediately, and holds its lock for a third of a second meanwhile: too long for the clients
# that wait for a promotion. So this program starts a killed server again, a moment later, and clients are refused immediately meanwhile. A
# server that ended by itself, or was told to end, ends the container, and with this process every other one in it.
told='' server='' settings='' data='' before=''
# The number of this process. Not by two dollars: in a container's arguments Kubernetes and Podman 5 make one of them.
read -r self _ </proc/self/stat
# In the form of PostgreSQL's log; the operator reads it, see ServerProcess.
say() {
    echo "$(date -u '+%F %T.%3N UTC') [$self] LOG:  $1" >&2
}
pass_on() {
    signalled=yes
    [ -z "$server" ] || kill -s "$1" "$server"
}
end() {
    told=$1
    pass_on "$1"
}
trap 'end INT' INT
trap 'end TERM' TERM
trap 'end QUIT' QUIT
trap 'pass_on HUP' HUP

# The server loads changed files also where the operator cannot connect, as under a new authority, or was interrupted. The last line of
# postgresql.conf has the revision of all files (see SettingsFile), and this file is written last (see configure.sh).
for argument; do
    case $before in -D) data=$argument ;; esac
    case $argument in config_file=*) settings=${argument#config_file=} ;; esac
    before=$argument
done
written_revision() {
    [ ! -f "$settings" ] || tail -n 1 "$settings"
}
# Size and free space of the volume, in KiB. PostgreSQL has no function for it; the operator reads the file through the server (see Paths).
note_disk_space() {
    df -Pk "$data" | {
        read -r _ && read -r _ size _ free _ && echo "$size $free" >/dev/shm/cortex-disk.new
    } && mv /dev/shm/cortex-disk.new /dev/shm/cortex-disk
}
watch() { # watch SERVER REVISION
    loaded=$2 rounds=0
    while :; do
        [ $((rounds % 5)) != 0 ] || note_disk_space
        rounds=$((rounds + 1))
        sleep 2 || return
        present=$(written_revision)
        if [ -n "$present" ] && [ "$present" != "$loaded" ]; then
            loaded=$present
            kill -s HUP "$1"
        fi
    done
}

# The control file of a server that ended cleanly becomes the termination message, which Kubernetes keeps in the pod's status: the operator
# need not read the volume for it (see ServerProcess). PostgreSQL uses only the first 512 bytes of the file. Podman has no such message.
leave_control_file() {
    control=$data/global/pg_control
    { [ -f /dev/termination-log ] && [ -w /dev/termination-log ] && [ -f "$control" ] && [ ! -L "$control" ]; } || return 0
    { echo 'pg_control:' && head -c 512 "$control" | base64; } >/dev/termination-log 2>/dev/null || :
}

# Process numbers start at 1 in each container: the number that the previous container's server left in a lock is soon that of a process of
# this program, and then PostgreSQL considers the lock as held and refuses to start, again and again. While this is the only program in the
# container, no process holds a lock.
if [ "$self" = 1 ] && [ -n "$data" ]; then
    rm -f "$data/postmaster.pid" "${data%/*}"/run/.s.PGSQL.*.lock
fi

while :; do
    revision=$(written_revision)
    postgres "$@" &
    server=$!
    watch "$server" "$revision" >/dev/null 2>&1 &
    watch=$!
    [ -z "$told" ] || kill -s "$told" "$server"
    # A signal ends the wait, not the server. The shell cannot ask whether the server still runs: dash collects the status of an ended
    # process after any command, keeps it for the next wait, and forgets the process. 127 is the status of a process that a shell does not
    # know.
    status=127 signalled=yes
    while [ -n "$signalled" ]; do
        signalled=''
        wait "$server"
        waited=$?
        [ "$waited" = 127 ] || status=$waited
    done
    server=''
    # KILL, because the watch loses every other signal while it starts: until then it has the handlers of this shell.
    kill -s KILL "$watch" 2>/dev/null
    [ "$status" != 0 ] || leave_control_file
    if [ -n "$told" ]; then exit "$status"; fi
    if [ "$status" -le 128 ]; then
        [ "$status" = 0 ] || say "the server ended with exit code $status"
        exit "$status"
    fi

    # Its backends would continue for a while, and acknowledge commits that no standby receives any more. (Outside a container this would
    # end every process.)
    [ "$self" != 1 ] || kill -s KILL -- -1
    say "the server was killed by signal $((status - 128))"
    if [ -z "$told" ]; then
        sleep 1 &
        wait $!
    fi
    # There was no server to stop: see ServerProcess.
    [ -z "$told" ] || exit 69
done
