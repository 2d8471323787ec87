{
  description = "Share events between services: keeps Discord, Meetup and calendar files true to Mobilizon";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";

  outputs =
    { self, nixpkgs }:
    let
      inherit (nixpkgs) lib;
      systems = [
        "x86_64-linux"
        "aarch64-linux"
      ];
      eachSystem = make: lib.genAttrs systems (system: make nixpkgs.legacyPackages.${system});
    in
    {
      overlays.default = final: _previous: {
        kronos = final.callPackage ./deploy/nix/package.nix { };
      };

      packages = eachSystem (pkgs: rec {
        kronos = pkgs.callPackage ./deploy/nix/package.nix { };
        default = kronos;
      });

      devShells = eachSystem (pkgs: {
        default = pkgs.mkShell {
          inputsFrom = [ self.packages.${pkgs.stdenv.hostPlatform.system}.kronos ];
          packages = [
            pkgs.cargo-deny
            pkgs.clippy
            pkgs.nixfmt
            pkgs.pre-commit
            pkgs.python3
            pkgs.rust-analyzer
            pkgs.rustfmt
            pkgs.shellcheck
            pkgs.taplo
            pkgs.tmux
          ];
        };
      });

      # The package's own build runs the tests.
      checks = eachSystem (
        pkgs:
        let
          inherit (self.packages.${pkgs.stdenv.hostPlatform.system}) kronos;
          step =
            name: tool: command:
            kronos.overrideAttrs (previous: {
              pname = "kronos-${name}";
              nativeBuildInputs = previous.nativeBuildInputs ++ [ tool ];
              buildPhase = command;
              doCheck = false;
              installPhase = "touch $out";
              postInstall = "";
            });
        in
        {
          test = kronos;
          fmt = step "fmt" pkgs.rustfmt "cargo fmt --check";
          clippy = step "clippy" pkgs.clippy "cargo clippy --offline --all-targets -- -D warnings";
        }
      );

      nixosModules.default =
        { pkgs, ... }:
        {
          imports = [ ./deploy/nix/module.nix ];
          services.kronos.package = lib.mkDefault self.packages.${pkgs.stdenv.hostPlatform.system}.kronos;
        };

      formatter = eachSystem (pkgs: pkgs.nixfmt);
    };
}
