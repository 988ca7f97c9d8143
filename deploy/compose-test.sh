#!/usr/bin/env bash
# `make compose-test`: the cluster of docker-compose.yml for real. Starts it, has
# tools/composetest load it and kill a node, and takes everything down again, however it
# ends. From the environment, all optional:
#   N=3                 nodes
#   NATS_IMAGE          the server's image; nats:2 where it can be had, else nats:local,
#                       which is made here
#   NATS_PORT=14222     where the host reaches NATS
#   RATE=200 LOAD=20s   calls a second, and for how long
#   COMPOSETEST_ARGS    more flags for tools/composetest
set -euo pipefail
cd "$(dirname "$0")/.."

nodes=${N:-3}
project=isolane-test
pidfile=$(mktemp)
export NATS_PORT=${NATS_PORT:-14222} ISOLANE_IMAGE=${ISOLANE_IMAGE:-isolane:compose-test}
say() { printf '==> %s\n' "$*"; }

compose() {
  if docker compose version >/dev/null 2>&1; then
    docker compose --project-name "$project" "$@"
  else
    docker-compose --project-name "$project" "$@"
  fi
}

finish() {
  local status=$?
  trap - EXIT INT TERM
  set +e
  if docker info >/dev/null 2>&1; then
    if ((status != 0)); then
      say "failed; the containers and what they said last:"
      docker ps --all --filter "label=com.docker.compose.project=$project"
      compose logs --tail=30
    fi
    say "taking it down"
    compose down --volumes --timeout 40 >/dev/null 2>&1
  fi
  ./deploy/engine.sh down "$pidfile"
  rm -f "$pidfile"
  exit "$status"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

./deploy/engine.sh up "$pidfile"

make image IMAGE="$ISOLANE_IMAGE"
if [[ -z ${NATS_IMAGE:-} ]]; then
  NATS_IMAGE=nats:2
  if ! docker image inspect "$NATS_IMAGE" >/dev/null 2>&1 && ! timeout 60 docker pull --quiet "$NATS_IMAGE" 2>/dev/null; then
    say "no registry is reachable: NATS is built here"
    NATS_IMAGE=nats:local
    make image-nats LOCAL_NATS_IMAGE="$NATS_IMAGE"
  fi
fi
export NATS_IMAGE

compose down --volumes >/dev/null 2>&1 || true # what an earlier run left
say "starting NATS ($NATS_IMAGE) and $nodes nodes"
compose up --detach --scale "node=$nodes"
# shellcheck disable=SC2086 # several words
"${GO:-go}" run ./tools/composetest -project "$project" -nodes "$nodes" -nats "nats://127.0.0.1:$NATS_PORT" \
  -rate "${RATE:-200}" -duration "${LOAD:-20s}" ${COMPOSETEST_ARGS:-}
