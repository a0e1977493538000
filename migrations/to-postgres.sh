#!/bin/sh
# Writes postgres/ from sqlite/: the schema uses three kinds of columns, which have other names there. What only one of them knows stands
# between "-- SQLite only:", "-- PostgreSQL only:" (in comments) and "-- Both:". Run after adding a migration.
set -eu
cd "$(dirname "$0")"
for file in sqlite/*.sql; do
    sed -E -e '/^-- SQLite only:/,/^-- (PostgreSQL only|Both):/{/^-- (PostgreSQL only|Both):/!d}' \
        -e '/^-- PostgreSQL only:/,/^-- Both:/s/^-- ([A-Z]+ .*;)$/\1/' \
        -e 's/\bINTEGER\b/BIGINT/g' -e 's/\bBLOB\b/BYTEA/g' -e 's/\) STRICT(, WITHOUT ROWID)?;/);/' \
        -e 's/ COLLATE NOCASE//g' "$file" > "postgres/$(basename "$file")"
done
