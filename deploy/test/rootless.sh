# shellcheck shell=bash
# Part of boot.sh: the units in deploy/quadlet for somebody without root, in the booted tree.

start_standins
within useradd --create-home alice
# What a login would do, and nothing logs in here.
within loginctl enable-linger alice
is_there() { within test -S /run/user/1000/bus; }
within_seconds 30 is_there || give_up 'the user has no systemd'
as_alice() {
    within runuser -u alice -- env -C /home/alice/checkout HOME=/home/alice XDG_RUNTIME_DIR=/run/user/1000 bash -euc "$1"
}
# alice_logged PATTERN: her own journal has such a line of kronos itself.
alice_logged() { as_alice "journalctl --quiet --user --identifier=kronos --output=cat --grep='$1'"; }

# A checkout, with what was configured and tried in it, and the image.
hers=$tree/home/alice/checkout
install -d "$hers/deploy" "$tree/home/alice/.config/containers/systemd/kronos.container.d"
cp -r "$deploy/quadlet" "$hers/deploy/"
install -m 644 "$work/kronos.toml" "$hers/kronos.toml"
install -m 600 "$work/guild.token" "$hers/discord-token"
install -m 644 "$here/kronos.container.conf" "$tree/home/alice/.config/containers/systemd/kronos.container.d/here.conf"
within podman save --quiet --output /home/alice/kronos.tar localhost/kronos
within chown -R alice:alice /home/alice
holds 'somebody without root has the image' as_alice 'podman load --quiet --input ~/kronos.tar'

# The commands that docs/quadlet.md gives, but for the one that is done.
rootless=$(awk '/^## From a timer, rootless/ { here = 1 } here && /^```$/ { exit } inside { print } here && /^```sh$/ { inside = 1 }' \
    "$project/docs/quadlet.md" | grep -v enable-linger)
holds 'the commands in docs/quadlet.md make a run' as_alice "$rootless"
holds 'it created both events' test "$(asked 'discord POST')" = 2
holds "its line is in the user's own journal" within_seconds 10 alice_logged '^Run 1: 2 events in 1 group: 2 done'
holds 'a second run succeeds' as_alice 'systemctl --user start kronos.service'
holds 'it has nothing to do' within_seconds 10 alice_logged '^Run 2: 2 events in 1 group: nothing to do'
holds 'it created nothing' test "$(asked 'discord POST')" = 2
holds 'the timer is set' as_alice 'systemctl --user is-active kronos.timer'
end_standins
