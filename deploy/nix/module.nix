# services.kronos: a timer that starts `kronos sync`. The settings become kronos.toml in the store, which everybody can
# read; secrets are therefore handed over as credentials and never stand in the settings.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib)
    mkEnableOption
    mkIf
    mkOption
    types
    ;
  cfg = config.services.kronos;
  format = pkgs.formats.toml { };
  file = format.generate "kronos.toml" cfg.settings;
in
{
  options.services.kronos = {
    enable = mkEnableOption "kronos, which shares events between services";

    package = mkOption {
      type = types.package;
      description = "The kronos to run.";
    };

    settings = mkOption {
      inherit (format) type;
      default = { };
      example = {
        providers.space = {
          type = "mobilizon";
          url = "https://mobilizon.example.org";
          groups = [ "hackerspace" ];
        };
        consumers.guild = {
          type = "discord";
          guild_id = "112233445566778899";
        };
      };
      description = "What stands in kronos.toml. No secrets: see `credentials`.";
    };

    credentials = mkOption {
      # Text, not paths: a path in Nix would be copied into the store, which everybody can read.
      type = types.attrsOf types.str;
      default = { };
      example = {
        "guild.token" = "/run/keys/discord-token";
      };
      description = ''
        Secrets by their credential's name, `CONSUMER.KEY`, and the file that holds each of them, which only root has
        to be able to read.
      '';
    };

    interval = mkOption {
      type = types.str;
      default = "*-*-* 0/3:00:00";
      example = "hourly";
      description = "When to run, as in {manpage}`systemd.time(7)`.";
    };

    timeout = mkOption {
      type = types.str;
      default = "20min";
      description = "The longest time a run may take before it is ended; more than `settings.sync.budget` (15m).";
    };

    onFailure = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [ "notify@%n.service" ];
      description = "Units to start when a run fails or is done in part.";
    };

    writablePaths = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [ "/srv/www" ];
      description = "Folders in which consumers of type ical write.";
    };

    groups = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [ "www-data" ];
      description = "Groups that the service joins, for instance to write to `writablePaths`.";
    };
  };

  config = mkIf cfg.enable {
    environment.systemPackages = [ cfg.package ];

    systemd.timers.kronos = {
      description = "Share events between services from time to time";
      wantedBy = [ "timers.target" ];
      timerConfig = {
        OnCalendar = cfg.interval;
        Persistent = true;
        RandomizedDelaySec = "10min";
        FixedRandomDelay = true;
        AccuracySec = "1min";
      };
    };

    systemd.services.kronos = {
      description = "Share events between services";
      wants = [ "network-online.target" ];
      after = [ "network-online.target" ];
      inherit (cfg) onFailure;
      startLimitIntervalSec = 0;
      serviceConfig = {
        Type = "oneshot";
        ExecStart = "${lib.getExe cfg.package} sync --config ${file}";
        SuccessExitStatus = 75;
        TimeoutStartSec = cfg.timeout;
        TimeoutStopSec = "2min";
        KillMode = "mixed";
        LoadCredential = lib.mapAttrsToList (name: path: "${name}:${path}") cfg.credentials;
        DynamicUser = true;
        SupplementaryGroups = cfg.groups;
        StateDirectory = "kronos";
        StateDirectoryMode = "0700";
        UMask = "0077";
        ReadWritePaths = cfg.writablePaths;
        CapabilityBoundingSet = "";
        AmbientCapabilities = "";
        NoNewPrivileges = true;
        ProtectSystem = "strict";
        ProtectHome = true;
        PrivateTmp = true;
        PrivateDevices = true;
        DevicePolicy = "closed";
        PrivateUsers = true;
        PrivateMounts = true;
        PrivateIPC = true;
        ProtectHostname = true;
        ProtectClock = true;
        ProtectKernelTunables = true;
        ProtectKernelModules = true;
        ProtectKernelLogs = true;
        ProtectControlGroups = true;
        ProtectProc = "invisible";
        ProcSubset = "pid";
        RestrictAddressFamilies = [
          "AF_INET"
          "AF_INET6"
          "AF_UNIX"
        ];
        RestrictNamespaces = true;
        RestrictRealtime = true;
        RestrictSUIDSGID = true;
        RemoveIPC = true;
        LockPersonality = true;
        MemoryDenyWriteExecute = true;
        KeyringMode = "private";
        NotifyAccess = "none";
        SystemCallArchitectures = "native";
        SystemCallFilter = [
          "@system-service"
          "~@privileged @resources"
        ];
        SystemCallErrorNumber = "EPERM";
        LimitCORE = 0;
        MemoryMax = "512M";
        TasksMax = 64;
      };
    };
  };
}
