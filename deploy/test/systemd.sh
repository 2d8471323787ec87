# shellcheck shell=bash
# Part of boot.sh: the units in deploy/systemd, in the booted tree.

invocations() { within journalctl --quiet --unit=kronos.service --output=cat --grep='^(Finished|Failed to start) ' | wc -l; }
result() { within systemctl show --value --property="$1" kronos.service; }
# logged PRIORITY PATTERN: the journal has such a line of kronos itself.
logged() {
    within journalctl --quiet --unit=kronos.service --identifier="${3:-kronos}" --priority="$1..$1" --output=cat --grep="$2"
}
silent() {
    local said
    said=$("$@" 2>&1) || true
    [ -z "$said" ] || { printf '%s\n' "$said"; return 1; }
}
exposure() {
    local rating
    rating=$(within systemd-analyze security --offline=true --no-pager /etc/systemd/system/kronos.service |
        sed -n 's/.*Overall exposure level for kronos.service: \([0-9.]*\).*/\1/p')
    printf '%s\n' "$rating"
    awk -v rating="$rating" 'BEGIN { exit !(rating != "" && rating <= 1.2) }'
}

start_standins
install -m 644 "$work/kronos.toml" "$checkout/kronos/kronos.toml"
printf 'token_file = "discord-token"\n' >>"$checkout/kronos/kronos.toml"
install -m 600 "$work/guild.token" "$checkout/kronos/discord-token"
# The commands that docs/first-steps.md gives for the service. This shell is root's already.
first_steps=$(awk '/^## 6/ { here = 1 } here && /^```$/ { exit } inside { print } here && /^```sh$/ { inside = 1 }' \
    "$project/docs/first-steps.md")
as_documented() { within env HOME=/root bash -euc "sudo() { \"\$@\"; }; cd /root/checkout/kronos; $first_steps"; }
holds 'the commands in docs/first-steps.md install the service' as_documented
holds 'the token is for root alone' test "$(within stat -c '%a %u' /etc/kronos/discord-token)" = '600 0'

units=(/etc/systemd/system/kronos.service /etc/systemd/system/kronos.timer /etc/systemd/system/kronos-failure@.service)
holds 'systemd-analyze verify says nothing about the units' silent within systemd-analyze verify "${units[@]}"
holds 'systemd-analyze security rates the service 1.2 or better' exposure

install -d "$tree/etc/systemd/system/kronos.timer.d"
# The timer's own hours are too far away for a test: it fires a second after its start, and without a delay.
printf '[Timer]\nOnActiveSec=1s\nRandomizedDelaySec=0\nAccuracySec=100ms\n' \
    >"$tree/etc/systemd/system/kronos.timer.d/soon.conf"
within systemctl daemon-reload

calendar=$(within systemctl show --value --property=TimersCalendar kronos.timer)
holds 'the timer knows its hours' grep -q 'OnCalendar=\*-\*-\* 00/3:00:00' <<<"$calendar"

within systemctl start kronos.timer
first_is_over() { [ "$(invocations)" -ge 1 ]; }
holds 'the timer starts a run' within_seconds 60 first_is_over
holds 'the run succeeds' test "$(result Result)/$(result ExecMainStatus)" = success/0
holds 'the run created both events, with the token that came as a credential' test "$(asked 'discord POST')" = 2
holds 'its line in the journal has the priority info' logged 6 '^Run 1: 2 events in 1 group: 2 done\. run=1'
holds 'the user of the service exists only while it runs' fails within getent passwd kronos
database=/var/lib/private/kronos/kronos.db
holds 'the database is below /var/lib/private, for its owner alone' \
    test "$(within stat -c %a /var/lib/private/kronos "$database" | xargs)" = '700 600'

holds 'a second run succeeds' within systemctl start kronos.service
holds 'it remembers the first, and has nothing to do' logged 6 '^Run 2: 2 events in 1 group: nothing to do\.'
holds 'it created nothing' test "$(asked 'discord POST')" = 2

# The function that docs/systemd.md gives. This shell is root's already.
as_kronos() {
    within bash -c "sudo() { \"\$@\"; }; $(sed -n '/^as_kronos() {/,/^}/p' "$project/docs/systemd.md"); as_kronos \"\$@\"" as_kronos "$@"
}
# says PATTERN COMMAND…: it succeeds and prints that.
says() {
    local printed pattern=$1
    shift
    printed=$("$@" 2>&1) || { printf '%s\n' "$printed"; return 1; }
    printf '%s\n' "$printed"
    grep -q -- "$pattern" <<<"$printed"
}
quiet_lines() {
    local lines
    lines=$(within journalctl --quiet --identifier=kronos --output=cat \
        _SYSTEMD_INVOCATION_ID="$(within systemctl show --value --property=InvocationID kronos.service)")
    printf '%s\n' "$lines"
    [ "$(wc -l <<<"$lines")" -eq 1 ]
}
holds 'a run with nothing to do is one line in the journal' quiet_lines
holds 'the service could do all that kronos check looks at' says 'state .*/var/lib/kronos can be written to' as_kronos check
holds 'somebody can look first with the state of the service' says 'nothing to do' as_kronos sync --dry-run
holds 'and ask for its status' says ': 2 stand$' as_kronos status

# As docs/backup.md says.
holds 'a copy can be made with the rights of the service' says checked as_kronos backup /var/lib/kronos/copy.db
restore() {
    within sh -euc 'mv /var/lib/kronos/copy.db /root/
        cd /var/lib/kronos
        mkdir old && mv kronos.db old/
        install -m 0600 /root/copy.db kronos.db
        chown --reference=. kronos.db
        systemctl start kronos.service'
}
holds 'the copy can be put back, and the next run succeeds' restore
holds 'it created nothing either' test "$(asked 'discord POST')" = 2

# Another run is under way: its lock is held by somebody else.
locked() {
    local lock
    lock=$(within find /var/lib/private/kronos -name '*.lock')
    within flock "$lock" systemctl start kronos.service && [ "$(result ExecMainStatus)" = 75 ]
}
holds 'a run beside another one ends with 75, which is no failure' locked
holds 'its line in the journal has the priority info' logged 6 '^another run is under way'

told() { within journalctl --quiet --identifier=kronos-failure --priority=3..3 --output=cat --grep='kronos.service'; }
holds 'nothing was reported as failed so far' fails within \
    journalctl --quiet --identifier=kronos-failure --output=cat --grep=.
end_standins
holds 'without the services a run fails' fails within systemctl start kronos.service
holds 'with exit code 1' test "$(result Result)/$(result ExecMainStatus)" = exit-code/1
holds 'its line in the journal has the priority err' logged 3 '^Run 4: '
holds 'OnFailure= tells of it, with the priority err' within_seconds 20 told
holds 'the failure unit itself succeeded' within_seconds 10 \
    fails within systemctl is-failed --quiet kronos-failure@kronos.service.service
holds 'the token stands nowhere in the journal' fails within \
    journalctl --quiet --no-pager --grep="$(cat "$work/guild.token")"
within systemctl stop kronos.timer
