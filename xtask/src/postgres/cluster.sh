# Makes a throw-away cluster in the current folder, says `up`, and removes both
# when its input ends: that is when xtask does, however it came to it.
# $1 is the folder of PostgreSQL's programs; the log is what goes to stderr.

set -eu
bin=$1
folder=$(pwd)

remove() {
    if [ -e data/postmaster.pid ]; then
        "$bin/pg_ctl" stop --pgdata=data --mode=immediate >&2 || true
    fi
    cd /
    rm -rf "$folder"
}
trap remove EXIT
trap exit HUP INT PIPE TERM

"$bin/initdb" --pgdata=data --username=postgres --auth=trust \
    --encoding=UTF8 --no-locale --no-sync >&2
cat >>data/postgresql.conf <<'END'
# Only who may enter the folder above the data reaches the socket.
listen_addresses = ''
unix_socket_directories = '..'
port = 5432
max_connections = 300
shared_buffers = 64MB
# Nothing here has to survive a power failure.
fsync = off
END
"$bin/pg_ctl" start --pgdata=data --wait --timeout=60 >&2

echo up
read -r _ || true
