# Evaluates the flake and its module without nixpkgs, with a stub of what they take from it:
#   nix-instantiate --eval --strict deploy/test/nix.nix
# It gives "all of it holds", or ends with what does not. What it cannot show: that nixpkgs has all this, and that it builds.
let
  inherit (builtins)
    all
    attrNames
    concatStringsSep
    elem
    filter
    hasAttr
    head
    isBool
    isList
    isString
    listToAttrs
    map
    match
    readFile
    split
    tail
    ;

  lib = {
    fileset = {
      toSource = { root, fileset }: toString root;
      unions = paths: if all builtins.pathExists paths then paths else throw "a path of the package's source is missing";
    };
    genAttrs =
      names: make:
      listToAttrs (
        map (name: {
          inherit name;
          value = make name;
        }) names
      );
    getExe = package: "${package}/bin/${package.meta.mainProgram}";
    importTOML = path: builtins.fromTOML (readFile path);
    licenses = {
      asl20 = "Apache-2.0";
      mit = "MIT";
    };
    mapAttrsToList = make: set: map (name: make name set.${name}) (attrNames set);
    mkDefault = value: value;
    mkEnableOption = description: lib.mkOption { inherit description; };
    mkIf = condition: value: if condition then value else { };
    mkOption = option: option;
    optionalString = condition: text: if condition then text else "";
    platforms.linux = [ "x86_64-linux" ];
    types = {
      attrsOf = type: "attribute set of ${type}";
      listOf = type: "list of ${type}";
      package = "package";
      str = "string";
    };
  };

  pkgs = {
    callPackage =
      path: more:
      import path (
        {
          inherit lib;
          inherit (pkgs) installShellFiles rustPlatform stdenv;
        }
        // more
      );
    cargo-deny = "cargo-deny";
    clippy = "clippy";
    formats.toml = _: {
      type = "TOML";
      generate = name: value: "/nix/store/${name}:${builtins.toJSON value}";
    };
    installShellFiles = "installShellFiles";
    mkShell = shell: shell;
    nixfmt = "nixfmt";
    pre-commit = "pre-commit";
    rust-analyzer = "rust-analyzer";
    rustPlatform.buildRustPackage =
      package:
      package
      // {
        outPath = "/nix/store/${package.pname}";
        overrideAttrs = change: package // change package;
      };
    rustfmt = "rustfmt";
    shellcheck = "shellcheck";
    stdenv = {
      buildPlatform.canExecute = _: true;
      hostPlatform.system = "x86_64-linux";
    };
    taplo = "taplo";
    # What the picture in the README is taken with.
    python3 = "python3";
    tmux = "tmux";
  };

  self = (import ../../flake.nix).outputs {
    inherit self;
    nixpkgs = {
      inherit lib;
      legacyPackages = lib.genAttrs [ "x86_64-linux" "aarch64-linux" ] (_: pkgs);
    };
  };
  system = "x86_64-linux";

  # The module, as a machine would have it.
  wanted = {
    enable = true;
    settings.providers.space.type = "mobilizon";
    credentials."guild.token" = "/run/keys/discord-token";
  };
  outer = self.nixosModules.default { inherit pkgs; };
  module = import (head outer.imports) {
    inherit lib pkgs;
    config.services.kronos = defaults // wanted // outer.services.kronos;
  };
  options = module.options.services.kronos;
  defaults = lib.genAttrs (filter (name: options.${name} ? default) (attrNames options)) (
    name: options.${name}.default
  );
  service = module.config.systemd.services.kronos;
  timer = module.config.systemd.timers.kronos.timerConfig;

  # The lines "Key=Value" of a section of a unit, without comments.
  lines =
    section: path:
    let
      after = head (tail (filter isString (split "\\[${section}]\n" (readFile path))));
      inside = head (split "\n\\[" after);
    in
    filter (line: isString line && match "[A-Z][A-Za-z]*=.*" line != null) (split "\n" inside);
  key = line: head (match "([^=]*)=.*" line);
  value = line: head (match "[^=]*=(.*)" line);
  written =
    setting:
    if isBool setting then
      (if setting then [ "yes" ] else [ "no" ])
    else if isList setting then
      setting ++ [ (concatStringsSep " " setting) ]
    else
      [ (toString setting) ];
  # Where the module and the unit differ on purpose.
  own = [
    "ExecStart"
    "SyslogIdentifier"
  ];
  missing =
    settings: lines:
    filter (
      line:
      !(elem (key line) own)
      && !(hasAttr (key line) settings && elem (value line) (written settings.${key line}))
    ) lines;
  inUnit = lines "Service" ../systemd/kronos.service;
  inTimer = lines "Timer" ../systemd/kronos.timer;
  checks = {
    "the package has the crate's name and version" =
      self.packages.${system}.default.pname == "kronos" && self.packages.${system}.default.version != "";
    "the overlay adds kronos" = (self.overlays.default pkgs pkgs).kronos.pname == "kronos";
    "the shell has what a contributor needs" = all (tool: elem tool self.devShells.${system}.default.packages) [
      "cargo-deny"
      "clippy"
      "nixfmt"
      "pre-commit"
      "rustfmt"
      "shellcheck"
      "taplo"
    ];
    "tests, form and lints are checks" =
      attrNames self.checks.${system} == [
        "clippy"
        "fmt"
        "test"
      ]
      && self.checks.${system}.fmt.buildPhase == "cargo fmt --check";
    "the service runs with the settings" =
      match "/nix/store/kronos/bin/kronos sync --config /nix/store/kronos.toml:.*mobilizon.*" service.serviceConfig.ExecStart != null;
    "the credential is handed over by its path" =
      service.serviceConfig.LoadCredential == [ "guild.token:/run/keys/discord-token" ];
    "a secret cannot be given as a path that would be copied" = options.credentials.type == "attribute set of string";
    "the service has every setting of the unit" = missing service.serviceConfig inUnit == [ ];
    "the timer has every setting of the unit" = missing timer inTimer == [ ];
    "without enable there is nothing" =
      (import ../nix/module.nix {
        inherit lib pkgs;
        config.services.kronos = defaults // { enable = false; };
      }).config == { };
  };
  failed = filter (name: !checks.${name}) (attrNames checks);
in
if failed == [ ] then
  "all of it holds: ${concatStringsSep "; " (attrNames checks)}"
else
  throw "${concatStringsSep "; " failed}; settings that differ: ${
    concatStringsSep ", " (missing service.serviceConfig inUnit ++ missing timer inTimer)
  }"
