//! One process owns a data folder for writing.

use std::{fs, io, io::Read, io::Write, path::Path};

use fs4::{FileExt, TryLockError};

/// Name of the lock file in a data folder.
const NAME: &str = "owner.lock";

/// Held by the process that may write in a data folder. The operating system gives it back when the process ends, however
/// it ends; the file itself stays.
#[derive(Debug)]
pub struct FolderLock {
    file: fs::File,
}

/// Why a folder could not be locked.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another process owns it.
    #[error("another process owns this data folder{}", by.map(|pid| format!(" (process {pid})")).unwrap_or_default())]
    Locked {
        /// Its process id, if it could be read.
        by: Option<u32>,
    },
    /// The lock file cannot be made or locked.
    #[error("the data folder cannot be locked: {0}")]
    Io(#[from] io::Error),
}

impl FolderLock {
    /// Takes the folder, making it if needed. Never waits.
    ///
    /// # Errors
    /// [`LockError::Locked`] when another process has it.
    pub fn take(folder: &Path) -> Result<Self, LockError> {
        crate::files::private_folder(folder)?;
        let path = folder.join(NAME);
        crate::files::touch_private(&path)?;
        let mut file = fs::OpenOptions::new().read(true).write(true).open(&path)?;
        match FileExt::try_lock(&file) {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut text = String::new();
                // Where a locked file cannot be read (Windows) the owner stays unnamed.
                let _ = (&file).take(32).read_to_string(&mut text);
                return Err(LockError::Locked {
                    by: text.trim().parse().ok(),
                });
            }
            Err(TryLockError::Error(error)) => return Err(error.into()),
        }
        file.set_len(0)?;
        file.write_all(std::process::id().to_string().as_bytes())?;
        file.flush()?;
        Ok(Self { file })
    }
}

impl Drop for FolderLock {
    fn drop(&mut self) {
        let _ = FileExt::unlock(&self.file);
    }
}
