//! Where things are in the checkout.

use std::path::{Path, PathBuf};

/// The checkout and its target folder.
#[derive(Debug, Clone)]
pub(crate) struct Project {
    /// The folder that holds the workspace manifest.
    pub(crate) root: PathBuf,
    /// Where cargo builds, and where tools of our own are kept.
    pub(crate) target: PathBuf,
}

impl Project {
    /// Finds the checkout from the manifest cargo started us with.
    pub(crate) fn find() -> Self {
        let manifest = std::env::var_os("CARGO_MANIFEST_DIR")
            .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        let root = manifest
            .ancestors()
            .nth(2)
            .map_or_else(|| manifest.clone(), Path::to_path_buf);
        let target = std::env::var_os("CARGO_TARGET_DIR")
            .map_or_else(|| root.join("target"), |dir| root.join(dir));
        Self { root, target }
    }

    /// The interface's folder.
    pub(crate) fn ui(&self) -> PathBuf {
        self.root.join("ui")
    }

    /// Notes of this tool: stamps, temporary exports.
    pub(crate) fn notes(&self) -> PathBuf {
        self.target.join("xtask")
    }

    /// The program cargo built in `profile`.
    pub(crate) fn program(&self, profile: &str, name: &str) -> PathBuf {
        self.target.join(profile).join(name)
    }
}
