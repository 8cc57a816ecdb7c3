# Process 1 of an instance's container; its arguments are those of postgres.
# Podman starts a container whose process died at once, and holds on to it for a third of a second while it does: too long for whoever waits for a promotion. So a
# server that was killed is started again in here, a moment later, and its clients are refused at once meanwhile. One that ended by itself, or was told to,
# ends the container, and with this process every other one in it.
told='' server='' settings='' data='' before=''
# The number of this very process. Not by the two dollars that mean it: in a container's arguments Kubernetes, and Podman 5, make one of them.
read -r self _ </proc/self/stat
# As PostgreSQL would say it; the operator reads it, see ServerProcess.
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

# What is laid beside the data is loaded also where nobody can get in to say so, as under a new authority, or was cut off before. The last line of postgresql.conf
# has the revision of all files (see SettingsFile), and it is laid last (see configure.sh).
for argument; do
    case $before in -D) data=$argument ;; esac
    case $argument in config_file=*) settings=${argument#config_file=} ;; esac
    before=$argument
done
laid() {
    [ ! -f "$settings" ] || tail -n 1 "$settings"
}
load_what_is_laid() { # load_what_is_laid SERVER REVISION
    loaded=$2
    while sleep 2; do
        present=$(laid)
        if [ -n "$present" ] && [ "$present" != "$loaded" ]; then
            loaded=$present
            kill -s HUP "$1"
        fi
    done
}

# How a server left its data that ended cleanly is written where Kubernetes keeps it with the end of this container: the operator need not look into the volume for it
# (see ServerProcess). PostgreSQL keeps all that the file says within its first 512 bytes. Elsewhere there is no such place.
leave_control_file() {
    control=$data/global/pg_control
    { [ -f /dev/termination-log ] && [ -w /dev/termination-log ] && [ -f "$control" ] && [ ! -L "$control" ]; } || return 0
    { echo 'pg_control:' && head -c 512 "$control" | base64; } >/dev/termination-log 2>/dev/null || :
}

# The numbers of processes begin anew with each container: one that the last container's server left in a lock is soon that of a process of this program, and then PostgreSQL takes the lock
# for held and refuses to start, again and again. As long as this is the only program in here, nobody holds one.
if [ "$self" = 1 ] && [ -n "$data" ]; then
    rm -f "$data/postmaster.pid" "${data%/*}"/run/.s.PGSQL.*.lock
fi

while :; do
    revision=$(laid)
    postgres "$@" &
    server=$!
    load_what_is_laid "$server" "$revision" >/dev/null 2>&1 &
    watch=$!
    [ -z "$told" ] || kill -s "$told" "$server"
    # A signal ends the wait, not the server. Whether the server still lives cannot be asked: dash takes the status of what has ended after any command, keeps it for the next
    # wait, and forgets the process. 127 is what a shell says of one that it does not know any more.
    status=127 signalled=yes
    while [ -n "$signalled" ]; do
        signalled=''
        wait "$server"
        waited=$?
        [ "$waited" = 127 ] || status=$waited
    done
    server=''
    # A signal that the watch could handle is lost while that is only being started: then it has the handlers of this shell.
    kill -s KILL "$watch" 2>/dev/null
    [ "$status" != 0 ] || leave_control_file
    if [ -n "$told" ]; then exit "$status"; fi
    if [ "$status" -le 128 ]; then
        [ "$status" = 0 ] || say "the server ended with exit code $status"
        exit "$status"
    fi

    # Its backends would go on for a while, and acknowledge what no standby gets any more. (Outside a container this would be everybody's end.)
    [ "$self" != 1 ] || kill -s KILL -- -1
    say "the server was killed by signal $((status - 128))"
    if [ -z "$told" ]; then
        sleep 1 &
        wait $!
    fi
    # There was no server to stop: see ServerProcess.
    [ -z "$told" ] || exit 69
done
