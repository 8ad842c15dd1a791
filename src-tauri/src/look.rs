//! How the window looks, kept in a small file of its own beside the databases: it has to be known before they are open,
//! or a dark window would begin with a white flash. It holds nothing of the data.

use std::path::Path;

use api::Look;

const FILE: &str = "window.json";

/// The look a person chose here; the default where none was chosen or it cannot be read.
pub(crate) fn read(folder: &Path) -> Look {
    std::fs::read(folder.join(FILE))
        .ok()
        .and_then(|bytes| serde_json::from_slice(&bytes).ok())
        .unwrap_or_default()
}

/// Keeps a look for the next start. A folder that cannot be written forgets it, which loses nothing but a preference.
pub(crate) fn keep(folder: &Path, look: &Look) {
    let written = serde_json::to_vec(look)
        .map_err(std::io::Error::from)
        .and_then(|bytes| std::fs::write(folder.join(FILE), bytes));
    if let Err(error) = written {
        tracing::debug!(%error, "the look of the window is not kept");
    }
}

/// Tells the page its look before anything of it is drawn.
pub(crate) fn script(look: &Look) -> String {
    let json = serde_json::to_string(look).unwrap_or_else(|_| "null".to_owned());
    format!(
        "window.__LOOK__ = {json}; \
         if (__LOOK__ && __LOOK__.theme !== \"system\") document.documentElement.dataset.theme = __LOOK__.theme;"
    )
}

#[cfg(test)]
mod tests {
    use api::{Density, Theme};

    use super::*;

    #[test]
    fn a_look_survives_a_restart_and_a_broken_file_is_the_default() {
        let folder =
            std::env::temp_dir().join(format!("partner-console-look-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let dark = Look {
            theme: Theme::Dark,
            density: Density::Normal,
        };
        keep(&folder, &dark);
        assert_eq!(read(&folder), dark);
        assert!(
            script(&dark)
                .starts_with(r#"window.__LOOK__ = {"theme":"dark","density":"normal"}; if"#)
        );
        std::fs::write(folder.join(FILE), "{\"theme\": \"</script>\"").unwrap();
        assert_eq!(read(&folder), Look::default());
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
