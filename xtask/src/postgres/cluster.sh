# Creates a temporary cluster in the current folder, prints `up`, and removes the cluster and the
# folder when its standard input ends, which happens when xtask ends for any reason.
# $1 is the folder of PostgreSQL's programs; stderr is the log.

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
# Only users with access to the folder above the data can reach the socket.
listen_addresses = ''
unix_socket_directories = '..'
port = 5432
max_connections = 300
shared_buffers = 64MB
# The data need not survive a power failure.
fsync = off
END
"$bin/pg_ctl" start --pgdata=data --wait --timeout=60 >&2

echo up
read -r _ || true
