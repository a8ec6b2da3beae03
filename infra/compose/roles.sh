#!/usr/bin/env bash
# Makes the two roles and the database, when the cluster is new: the owner of the tables, and the role that serves requests, for which
# row-level security holds because it owns nothing.
set -euo pipefail

psql --username postgres --set ON_ERROR_STOP=1 \
  --set owner_password="$(cat /run/secrets/owner_password)" \
  --set app_password="$(cat /run/secrets/app_password)" <<'SQL'
create role keyledger_owner login nosuperuser nocreatedb nocreaterole noreplication nobypassrls password :'owner_password';
create role keyledger_app login nosuperuser nocreatedb nocreaterole noreplication nobypassrls password :'app_password';
create database keyledger owner keyledger_owner;
revoke all on database keyledger from public;
grant connect on database keyledger to keyledger_app;
SQL
