# shellcheck shell=bash
# Part of boot.sh: the tree, the program, and the boot.

[ "$(id -u)" -eq 0 ] || give_up 'boot.sh needs root: it boots a container'
for tool in cargo mmdebstrap nsenter systemd-nspawn; do
    command -v "$tool" >/dev/null || give_up "$tool is missing"
done

build_kronos() {
    local target libc flags=
    for libc in musl gnu; do
        target=$(uname -m)-unknown-linux-$libc
        [ "$libc" = gnu ] || [ ! -d "$(rustc --print sysroot)/lib/rustlib/$target" ] || break
    done
    # Without the musl target: glibc, linked statically.
    [ "$libc" = musl ] || flags=-Ctarget-feature=+crt-static
    RUSTFLAGS=$flags cargo build --quiet --locked --release --bin kronos --target "$target" >&2
    printf '%s\n' "$(cargo metadata --locked --no-deps --format-version 1 |
        sed 's/.*"target_directory":"\([^"]*\)".*/\1/')/$target/release/kronos"
}

# The stand-ins print every request to $work/requests; beside it lie their kronos.toml and guild.token.
start_standins() {
    : >"$work/requests"
    "$standins_program" "$work" >"$work/requests" 2>&1 &
    standins=$!
    within_seconds 10 grep -qx ready "$work/requests" || give_up 'the stand-ins do not start' "$work/requests"
}

# How often the stand-ins were asked that: "asked 'discord POST'".
asked() { grep -c "^$1 " "$work/requests" || true; }

program=${KRONOS:-$(build_kronos)}
needs_loader() { readelf --program-headers --wide "$program" | grep -q INTERP; }
holds 'the program is static' fails needs_loader
standins_program=$(cargo test --locked --no-run --test serve 2>&1 | sed -n 's/.*Executable tests\/serve.rs (\(.*\))$/\1/p')
[ -n "$standins_program" ] || give_up 'the stand-ins cannot be built: cargo test --no-run --test serve'

if [ -n "${TREE:-}" ]; then
    cp -a "$TREE" "$tree"
else
    mmdebstrap --quiet --variant=apt --include=ca-certificates,crun,dbus,dbus-user-session,libpam-systemd,podman,systemd,systemd-sysv,uidmap \
        trixie "$tree" >"$work/mmdebstrap" 2>&1 || give_up 'mmdebstrap makes no tree' "$work/mmdebstrap"
fi
# Empty, not missing: systemd makes itself an id without asking the questions of a first boot.
: >"$tree/etc/machine-id"
# Where docs/first-steps.md has somebody stand who wants the timer: the program built, a checkout, and the try-out in kronos/.
checkout=$tree/root/checkout
install -D -m 755 "$program" "$tree/root/.cargo/bin/kronos"
install -d "$checkout/deploy" "$checkout/kronos"
cp -r "$deploy/systemd" "$checkout/deploy/"

# Where systemd runs already, nspawn asks it for a scope; elsewhere it has to stay where it was started.
keep=()
[ -d /run/systemd/system ] || keep=(--keep-unit)
# systemd 257 wants cgroups of version 2; the network is this machine's, so the stand-ins are on the tree's loopback too.
UNIFIED_CGROUP_HIERARCHY=1 systemd-nspawn --boot --register=no "${keep[@]}" --directory="$tree" --link-journal=no \
    --resolv-conf=off --timezone=off --console=pipe >"$work/console" 2>&1 </dev/null &
container=$!
children() { cat "/proc/$container/task/$container/children"; }
has_child() { [ -n "$(children)" ]; }
# Without a systemd to ask, nspawn makes these two below its own.
own_groups() {
    local root path
    path=$(sed -n 's/^0:://p' "/proc/$container/cgroup")
    for root in /sys/fs/cgroup /sys/fs/cgroup/unified /sys/fs/cgroup/systemd; do
        [[ $path != */supervisor ]] || printf '%s\n' "$root$path" "$root${path%supervisor}payload"
    done
}
within_seconds 10 has_child || give_up 'systemd-nspawn starts nothing' "$work/console"
inside=$(children)
inside=${inside%% *}
[ "${#keep[@]}" -eq 0 ] || mapfile -t cgroups < <(own_groups)
is_running() { [ "$(within systemctl is-system-running)" = running ]; }
within_seconds 60 is_running || {
    within systemctl --no-pager list-jobs >>"$work/console" 2>&1 || true
    within systemctl --no-pager list-units --failed >>"$work/console" 2>&1 || true
    give_up 'the tree does not boot' "$work/console"
}
holds "$(within systemctl --version | head -n 1) has booted, and no unit failed" is_running
