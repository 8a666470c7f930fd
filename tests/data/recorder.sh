#!/usr/bin/env bash
# Stands in for firmbom: keeps its arguments in a file beside it, each ended by a NUL byte, and writes a summary.
printf '%s\0' "$@" >>"${0%/*}/arguments"
for argument; do
  case $argument in
    --summary=*.env)
      printf 'FIRMBOM_%s\n' STATUS=0 COMPONENTS=1 CONFLICTS=0 ERRORS=0 PROBLEMS=0 SIGNERS=1 TAGS=1 >"${argument#*=}"
      ;;
    --summary=*.md) echo page >"${argument#*=}" ;;
  esac
done
