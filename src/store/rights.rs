//! Who may open the database: it holds no secret, but more than everybody on the machine needs to know.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// Takes everybody else's rights to a database that was copied or restored with more than ours.
pub(super) fn close_to_others(path: &Path) -> std::io::Result<()> {
    let rights = std::fs::metadata(path)?.permissions();
    if !path.is_file() || rights.mode() & 0o077 == 0 {
        return Ok(());
    }
    tracing::warn!(path = %path.display(), "other users could open the database; they no longer can");
    std::fs::set_permissions(path, Permissions::from_mode(0o600))
}
