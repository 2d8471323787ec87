# shellcheck shell=bash
# Part of boot.sh: the image's final stage and the units in deploy/quadlet, in the booted tree.

dryrun() { within env QUADLET_UNIT_DIRS=/etc/containers/systemd /usr/libexec/podman/quadlet -dryrun "$@"; }
# What quadlet says besides the units and the files that it reads.
warned() { dryrun "$@" 2>&1 >/dev/null | grep -v ' Loading source unit file '; }

# The same names as the units before: these go first. The timer's drop-in stays.
rm -rf "$tree"/etc/systemd/system/kronos.{service,service.d,timer} "$tree/etc/kronos"

# Stands for what the build stage, which needs the network, puts into /image.
stage=$tree/root/stage
mkdir -p "$stage/image/etc/ssl/certs" "$stage/image/usr/local/bin" "$stage/image/var/lib/kronos"
install -d -m 1777 "$stage/image/tmp"
cp "$program" "$stage/image/usr/local/bin/kronos"
cp "$tree/etc/ssl/certs/ca-certificates.crt" "$stage/image/etc/ssl/certs/"
chown 65532:65532 "$stage/image/var/lib/kronos"
chmod 700 "$stage/image/var/lib/kronos"
cp "$project/Containerfile" "$stage/"
holds 'podman builds the final stage of the Containerfile' \
    within podman build --quiet --build-context build=/root/stage --tag kronos --file /root/stage/Containerfile /root/stage

install -D -m 644 "$here/containers.conf" "$tree/etc/containers/containers.conf.d/here.conf"
holds 'the image runs: kronos --version' within podman run --rm --read-only localhost/kronos --version
files() {
    local mounted found
    mounted=$(within podman image mount localhost/kronos) || return 1
    found=$(within find "$mounted" -type f -printf '/%P\n' | sort | xargs)
    within podman image unmount localhost/kronos >/dev/null
    printf '%s\n' "$found"
    [ "$found" = '/etc/ssl/certs/ca-certificates.crt /usr/local/bin/kronos' ]
}
holds 'the image holds the program and the certificates, no other file' files
holds 'its user is 65532' test "$(within podman image inspect --format '{{.Config.User}}' localhost/kronos)" = 65532:65532

example=$tree/root/example
cp -r "$project/examples" "$example"
rm -rf "$example/state" "$example/shared.ics"
chown -R 65532:65532 "$example"
example() {
    within podman run --rm --read-only --volume /root/example:/example localhost/kronos sync --config /example/kronos.toml
}
holds 'the image shares the example calendar, with a mounted folder' example
holds 'the shared calendar lies there' grep -q '^BEGIN:VEVENT' "$example/shared.ics"

# Nobody listens there; but without certificates no connection is tried at all.
sed 's|^path = "calendar.ics".*|url = "https://127.0.0.1:9/calendar.ics"|' "$example/kronos.toml" >"$example/https.toml"
finds_certificates() {
    local printed
    printed=$(within podman run --rm --read-only --volume /root/example:/example "$@" \
        localhost/kronos sync --config /example/https.toml 2>&1) || true
    printf '%s\n' "$printed"
    grep -q 'Connection refused' <<<"$printed"
}
holds 'the program in the image finds its certificates' finds_certificates
holds 'and would miss them' fails finds_certificates --env SSL_CERT_FILE=/nowhere

install -d "$tree/etc/containers/systemd/kronos.container.d" "$tree/root/.config/kronos"
install -m 644 "$deploy"/quadlet/kronos.container "$deploy"/quadlet/kronos.volume "$tree/etc/containers/systemd/"
install -m 644 "$deploy"/quadlet/kronos.timer "$tree/etc/systemd/system/"
holds "$(within podman --version): quadlet reads the units without a warning" fails warned
holds 'and those of a user as well' fails warned -user
# As docs/quadlet.md says for the whole machine.
sed -i '/^UserNS=/d' "$tree/etc/containers/systemd/kronos.container"

start_standins
install -m 644 "$work/kronos.toml" "$tree/root/.config/kronos/kronos.toml"
install -m 600 "$work/guild.token" "$tree/root/discord-token"
install -m 644 "$here/kronos.container.conf" "$tree/etc/containers/systemd/kronos.container.d/here.conf"
within podman secret create kronos-discord-token /root/discord-token >/dev/null
within systemctl daemon-reload
began=$(within date +%s)
logged() { within journalctl --quiet --unit=kronos.service --since="@$began" --priority="$1..$1" --output=cat --grep="$2"; }
invocations() { within journalctl --quiet --unit=kronos.service --since="@$began" --output=cat --grep='^(Finished|Failed to start) ' | wc -l; }

within systemctl start kronos.timer
holds 'the timer starts a run of the container' within_seconds 90 first_is_over
holds 'the run succeeds' test "$(result Result)/$(result ExecMainStatus)" = success/0
holds 'the run created both events, with the token that came as a secret' test "$(asked 'discord POST')" = 2
holds 'its line in the journal has the priority info' logged 6 '^Run 1: 2 events in 1 group: 2 done\. run=1'
holds 'a second run succeeds' within systemctl start kronos.service
holds 'it remembers the first through the volume, and has nothing to do' logged 6 '^Run 2: 2 events in 1 group: nothing to do\.'
holds 'it created nothing' test "$(asked 'discord POST')" = 2
end_standins
holds 'without the services a run fails' fails within systemctl start kronos.service
holds 'with exit code 1' test "$(result Result)/$(result ExecMainStatus)" = exit-code/1
holds 'its line in the journal has the priority err' logged 3 '^Run 3: '
told_again() {
    within journalctl --quiet --identifier=kronos-failure --since="@$began" --priority=3..3 --output=cat --grep='kronos.service'
}
holds 'OnFailure= tells of it' within_seconds 20 told_again
within systemctl stop kronos.timer
