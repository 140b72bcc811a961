//! Files that nobody else on the machine may read.

use std::io::Write;
use std::path::Path;

/// Writes a file that its owner alone may read: beside its place first, so that a full disk or a kill
/// leaves what was there. Unless it replaces, of two processes that start at once the first one's stays.
///
/// # Errors
/// The file system's.
pub fn keep(path: &Path, bytes: &[u8], replace: bool) -> std::io::Result<()> {
    let beside = path.with_extension(format!("{}.tmp", std::process::id()));
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    let _ = std::fs::remove_file(&beside);
    let mut file = options.open(&beside)?;
    file.write_all(bytes).and_then(|()| file.sync_all())?;
    if replace {
        return std::fs::rename(&beside, path);
    }
    let _ = std::fs::hard_link(&beside, path);
    let _ = std::fs::remove_file(&beside);
    Ok(())
}

/// Whether others on this machine can read what is in the data folder, and what to do then.
#[cfg(unix)]
#[must_use]
pub fn loose_permissions(folder: &Path) -> Option<String> {
    use std::os::unix::fs::PermissionsExt;
    let open = |p: &Path| std::fs::metadata(p).is_ok_and(|m| m.permissions().mode() & 0o077 != 0);
    // A folder that is closed closes all that is in it.
    open(folder).then(|| {
        let inside = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|e| e.path());
        let files: Vec<_> =
            inside.filter(|p| open(p)).filter_map(|p| Some(p.file_name()?.to_string_lossy().into_owned())).take(5).collect();
        let folder = folder.display();
        let what = if files.is_empty() { String::new() } else { format!(" ({})", files.join(", ")) };
        format!("Other users of this machine can read {folder}{what}. Close it: chmod -R go= {folder}")
    })
}

/// Whether others on this machine can read what is in the data folder: not known on this system.
#[cfg(not(unix))]
#[must_use]
pub fn loose_permissions(_: &Path) -> Option<String> {
    None
}
