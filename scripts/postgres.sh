# A PostgreSQL of the tests' own, in a temporary folder, on a Unix socket only. To be sourced.
# Sets POSTGRES_URL. PostgreSQL refuses to run as root: then it runs as the user postgres.

postgres_folder=

find_postgres() {
    local newest
    if command -v initdb >/dev/null && command -v pg_ctl >/dev/null; then
        dirname "$(command -v initdb)"
        return 0
    fi
    newest=$(find /usr/lib/postgresql -maxdepth 2 -name bin 2>/dev/null | sort -V | tail -n 1)
    [ -n "$newest" ] && [ -x "$newest/initdb" ] && echo "$newest"
}

postgres_do() {
    if [ "$(id -u)" -eq 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi
}

start_postgres() {
    local bin
    bin=$(find_postgres) || { echo "PostgreSQL is not installed."; return 1; }
    postgres_folder=$(mktemp -d "${TMPDIR:-/tmp}/snug-postgres.XXXXXX") || return 1
    [ "$(id -u)" -eq 0 ] && chown postgres "$postgres_folder"
    # the data are thrown away, so nothing needs to be safe on the disk
    (cd / && postgres_do "$bin/initdb" -D "$postgres_folder/data" -U postgres -A trust -E UTF8 --locale=C --no-sync) || return 1
    (cd / && postgres_do "$bin/pg_ctl" -D "$postgres_folder/data" -w -t 60 -l "$postgres_folder/log" start \
        -o "-k $postgres_folder -c listen_addresses='' -c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=400") || return 1
    export POSTGRES_URL="host=$postgres_folder user=postgres"
}

stop_postgres() {
    [ -n "$postgres_folder" ] || return 0
    (cd / && postgres_do "$(find_postgres)/pg_ctl" -D "$postgres_folder/data" -m immediate stop >/dev/null 2>&1)
    rm -rf "$postgres_folder"
    postgres_folder=
}
