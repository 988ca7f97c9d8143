#!/usr/bin/env bash
# Sees to it that a Docker engine answers. Where none does and we are root, it installs
# what is missing with apt-get and starts one, trying less and less of the machine: in a
# container or a bare virtual machine there may be no overlay file system, no nftables,
# no way to write firewall rules at all.
#
#   engine.sh up PIDFILE     PIDFILE holds the engine's process id, where we started it
#   engine.sh down PIDFILE   ends that one
set -euo pipefail

say() { printf '==> %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

install_missing() {
  local missing=()
  command -v docker >/dev/null && command -v dockerd >/dev/null || missing+=(docker.io)
  docker compose version >/dev/null 2>&1 || command -v docker-compose >/dev/null || missing+=(docker-compose)
  command -v iptables >/dev/null || missing+=(iptables)
  if ((${#missing[@]} == 0)); then return; fi
  ((EUID == 0)) || die "no Docker engine answers, and we are not root: start it, or install ${missing[*]}"
  command -v apt-get >/dev/null || die "install Docker with Compose: there is no apt-get here to do it"
  say "installing ${missing[*]}"
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

# try_engine ARGUMENTS...: starts the engine so, and makes a network, which is what fails
# first where firewall rules cannot be written.
try_engine() {
  dockerd "$@" >"$log" 2>&1 &
  local pid=$!
  for _ in $(seq 60); do
    kill -0 "$pid" 2>/dev/null || return 1
    if docker info >/dev/null 2>&1; then
      local network="isolane-probe-$$"
      if docker network create "$network" >/dev/null 2>>"$log"; then
        docker network rm "$network" >/dev/null
        echo "$pid" >"$pidfile"
        return 0
      fi
      break
    fi
    sleep 0.5
  done
  kill "$pid" 2>/dev/null || true
  wait "$pid" 2>/dev/null || true
  return 1
}

up() {
  # Set, it names an engine elsewhere, which is not ours to start.
  if docker info >/dev/null 2>&1; then return; fi
  [[ -z ${DOCKER_HOST:-} ]] || die "no Docker engine answers at DOCKER_HOST=$DOCKER_HOST"
  install_missing
  if docker info >/dev/null 2>&1; then return; fi
  ((EUID == 0)) || die "no Docker engine answers, and we are not root: start it, or join the group docker"
  log=$(mktemp)
  local options
  for options in "" "--storage-driver=vfs" "--iptables=false --ip6tables=false --ip-masq=false" \
    "--storage-driver=vfs --iptables=false --ip6tables=false --ip-masq=false"; do
    say "starting dockerd $options"
    # shellcheck disable=SC2086 # options are several words
    if try_engine $options; then rm -f "$log"; return; fi
    say "it did not start so; its last lines:"
    tail -n 3 "$log" >&2
  done
  say "the engine's log is $log"
  die "no Docker engine could be started here"
}

down() {
  [[ -s $pidfile ]] || return 0
  local pid
  pid=$(<"$pidfile")
  rm -f "$pidfile"
  say "stopping dockerd"
  kill "$pid" 2>/dev/null || return 0
  for _ in $(seq 60); do
    kill -0 "$pid" 2>/dev/null || return 0
    sleep 0.5
  done
}

pidfile=${2:?usage: engine.sh up|down PIDFILE}
case ${1:-} in
  up) up ;;
  down) down ;;
  *) die "usage: engine.sh up|down PIDFILE" ;;
esac
