#!/usr/bin/env bash
# Boots a Debian 13 with the real units, the real program and stand-ins for the services. Says what holds: see README.md.
# For whoever may boot containers: root, mmdebstrap, systemd-nspawn, nsenter, Rust, and a Debian mirror.
#   TREE=FOLDER      a tree made earlier (see below), to be copied instead of made
#   KRONOS=FILE      a static kronos, to be installed instead of built
#   INSPECT=COMMAND  a command for the tree's shell at the end, for instance 'journalctl --no-pager'
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
deploy=${here%/test}
project=${deploy%/deploy}
cd "$project"

work=$(mktemp -d)
tree=$work/tree
inside=        # the process id of the tree's systemd
container=     # that of systemd-nspawn
cgroups=()     # the tree's, where it is on us to remove them
standins=      # that of the stand-ins
failures=0

# One line for each statement: "holds WHAT COMMAND…" runs the command, and shows what it printed if it fails.
holds() {
    local what=$1 printed
    shift
    if printed=$("$@" 2>&1); then
        printf 'ok  %s\n' "$what"
    else
        failures=$((failures + 1))
        printf '!!  %s\n' "$what"
        printf '%s\n' "$printed" | tail -n 25 | sed 's/^/      /'
    fi
}

fails() { ! "$@"; }

give_up() {
    printf '!!  %s\n' "$1"
    [ $# -lt 2 ] || tail -n 25 "$2" | sed 's/^/      /'
    exit 1
}

within() { nsenter --target "$inside" --all -- "$@"; }

# within_seconds N COMMAND…: tries the command until it succeeds, at most so long.
within_seconds() {
    local end=$((SECONDS + $1))
    shift
    until "$@" >/dev/null 2>&1; do
        [ "$SECONDS" -lt "$end" ] || return 1
        sleep 0.2
    done
}

end_standins() {
    [ -z "$standins" ] || { kill "$standins" && wait "$standins"; } 2>/dev/null || true
    standins=
}

# Ends what still waits inside when the script is interrupted: a tree that shuts down would leave it stopped for good.
end_waiting() {
    local child children
    read -ra children <"/proc/$1/task/$1/children"
    for child in "${children[@]}"; do
        [ "$child" != "$container" ] || continue
        end_waiting "$child"
        [ "$(cat "/proc/$child/comm")" != nsenter ] || kill "$child"
    done
} 2>/dev/null

clean_up() {
    end_waiting $$ || true
    [ -z "${INSPECT:-}" ] || [ -z "$inside" ] || within bash -c "$INSPECT" || true
    end_standins
    if [ -n "$container" ]; then
        # SIGTERM has nspawn shut the tree's systemd down in order.
        kill "$container" 2>/dev/null || true
        within_seconds 20 sh -c "! kill -0 $container" || kill -KILL "$container" 2>/dev/null || true
        wait "$container" 2>/dev/null || true
        # What nspawn leaves behind where no systemd tidies up: cgroups without processes.
        for group in "${cgroups[@]}"; do
            find "$group" -depth -type d -exec rmdir {} + 2>/dev/null || true
        done
    fi
    rm -rf --one-file-system "$work"
}
trap clean_up EXIT
trap 'exit 130' INT TERM

# shellcheck source=deploy/test/prepare.sh
. "$here/prepare.sh"
# shellcheck source=deploy/test/systemd.sh
. "$here/systemd.sh"
# shellcheck source=deploy/test/stream.sh
. "$here/stream.sh"
# shellcheck source=deploy/test/quadlet.sh
. "$here/quadlet.sh"
# shellcheck source=deploy/test/rootless.sh
. "$here/rootless.sh"

if [ "$failures" -gt 0 ]; then
    printf '%s of the statements do not hold\n' "$failures"
    exit 1
fi
echo 'All of it holds'
