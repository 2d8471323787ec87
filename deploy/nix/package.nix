# kronos with its completions and its man page. Building runs the tests, which need no network.
{
  lib,
  stdenv,
  rustPlatform,
  installShellFiles,
}:
let
  manifest = (lib.importTOML ../../Cargo.toml).package;
in
rustPlatform.buildRustPackage {
  pname = manifest.name;
  inherit (manifest) version;

  src = lib.fileset.toSource {
    root = ../../.;
    fileset = lib.fileset.unions [
      ../../CHANGELOG.md
      ../../CONTRIBUTING.md
      ../../Cargo.lock
      ../../Cargo.toml
      ../../LICENSE-APACHE
      ../../LICENSE-MIT
      ../../README.md
      # Cargo wants every target that Cargo.toml names; the tests read what the documentation links to.
      ../../benches
      ../../deploy
      ../../docs
      ../../examples
      ../../src
      ../../tests
    ];
  };
  cargoLock.lockFile = ../../Cargo.lock;

  nativeBuildInputs = [ installShellFiles ];
  postInstall = lib.optionalString (stdenv.buildPlatform.canExecute stdenv.hostPlatform) ''
    $out/bin/kronos man >kronos.1
    installManPage kronos.1
    installShellCompletion --cmd kronos \
      --bash <($out/bin/kronos completions bash) \
      --fish <($out/bin/kronos completions fish) \
      --zsh <($out/bin/kronos completions zsh)
  '';

  meta = {
    inherit (manifest) description;
    license = [
      lib.licenses.asl20
      lib.licenses.mit
    ];
    mainProgram = "kronos";
    platforms = lib.platforms.linux;
  };
}
