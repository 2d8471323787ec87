# shellcheck shell=bash
# Part of boot.sh: the relay and the listener of the message stream, in the booted tree.

start_standins
within sh -euc 'install -m 644 /root/checkout/deploy/systemd/kronos-relay.service \
        /root/checkout/deploy/systemd/kronos-listen.service /etc/systemd/system/
    install -d /etc/kronos/keys
    kronos key new relay /etc/kronos/keys
    kronos key new space /etc/kronos/keys' >/dev/null
sed 's/^token_file = .*//' "$work/kronos.toml" >"$tree/etc/kronos/kronos.toml"
cat >>"$tree/etc/kronos/kronos.toml" <<'TOML'

[consumers.feed]
type = "stream"
submit = ["tcp://127.0.0.1:5571"]
publish = ["tcp://127.0.0.1:5572"]
prefix = "org.example.kronos"

[relay]
submit = ["tcp://127.0.0.1:5571"]
publish = ["tcp://127.0.0.1:5572"]
trusted = "/etc/kronos/trusted"

[listen]
publish = ["tcp://127.0.0.1:5572"]
trusted = "/etc/kronos/trusted"

[[listen.on]]
tag = "org.example.kronos.*"
run = ["status"]
TOML
# The stand-ins chose new ports: what the guild knows is theirs, so this is a new community with a database of its own.
within sh -euc 'rm -r /var/lib/private/kronos
    kronos --config /etc/kronos/kronos.toml key trust /etc/kronos/keys/space.key >/dev/null
    mkdir -p /etc/systemd/system/kronos.service.d /etc/systemd/system/kronos-listen.service.d
    credentials="[Service]
LoadCredential=guild.token:/etc/kronos/discord-token
LoadCredential=feed.key:/etc/kronos/keys/space.key_secret"
    printf "%s\n" "$credentials" | tee /etc/systemd/system/kronos.service.d/stream.conf \
        >/etc/systemd/system/kronos-listen.service.d/stream.conf
    systemctl daemon-reload'

# what UNIT PROPERTY
what() { within systemctl show --value --property="$2" "$1"; }
is_up() { [ "$(what "$1" ActiveState)/$(what "$1" SubState)/$(what "$1" Type)" = active/running/notify ]; }
# The watchdog of UNIT was fed since MICROSECONDS.
fed_since() { [ "$(what "$1" WatchdogTimestampMonotonic)" -gt "$2" ]; }
reacted() { within journalctl --quiet --unit=kronos-listen.service --output=cat --grep='^done run="status"'; }

for unit in kronos-relay kronos-listen; do
    units=("/etc/systemd/system/$unit.service")
    holds "systemd-analyze verify says nothing about $unit" silent within systemd-analyze verify "${units[@]}"
    holds "$unit starts, and says itself that it is ready" within systemctl start "$unit.service"
    holds "$unit runs" is_up "$unit.service"
done
relay_fed=$(what kronos-relay.service WatchdogTimestampMonotonic)
holds 'a run submits what it creates, and hears it come back from the relay' within systemctl start kronos.service
holds 'the listener starts its command' within_seconds 20 reacted
holds 'the relay shows the watchdog that it turns' within_seconds 40 fed_since kronos-relay.service "$relay_fed"
for unit in kronos-listen kronos-relay; do
    holds "$unit stops when asked" within systemctl stop "$unit.service"
    holds "$unit ended with 0" test "$(what $unit.service Result)/$(what $unit.service ExecMainStatus)" = success/0
done
end_standins
