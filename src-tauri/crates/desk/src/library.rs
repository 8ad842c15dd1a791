//! The playbooks: those that ship with the program and those a company lays into its data folder.

use std::path::Path;

use domain::{
    Refusal,
    playbook::{self, Playbook},
    refusal::Code,
};

include!(concat!(env!("OUT_DIR"), "/playbooks.rs"));

/// More files than this in a folder are no playbooks of a person.
const MOST_FILES: usize = 200;

/// All usable playbooks, and what was wrong with the others.
#[derive(Debug, Default)]
pub struct Library {
    playbooks: Vec<Playbook>,
    /// Files that could not be used, each with its reason.
    pub problems: Vec<String>,
}

impl Library {
    /// Loads the shipped playbooks and those of `folder/playbooks`. A file of the folder with the id of a shipped one
    /// replaces it. What cannot be used is told, and does not stop the rest.
    #[must_use]
    pub fn load(folder: &Path) -> Self {
        let mut library = Self::default();
        for (name, text) in SHIPPED {
            library.add(name, text);
        }
        let mut files: Vec<_> = std::fs::read_dir(folder.join("playbooks"))
            .map(|dir| {
                dir.filter_map(Result::ok)
                    .map(|e| e.path())
                    .take(MOST_FILES)
                    .collect()
            })
            .unwrap_or_default();
        files.retain(|p: &std::path::PathBuf| p.extension().is_some_and(|e| e == "toml"));
        files.sort();
        for file in files {
            let name = file
                .file_stem()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            match std::fs::read_to_string(&file) {
                Ok(text) => library.add(&name, &text),
                Err(error) => library.problems.push(format!("playbook {name}: {error}")),
            }
        }
        library
    }

    fn add(&mut self, name: &str, text: &str) {
        match playbook::load(name, text) {
            Ok(playbook) => {
                self.playbooks.retain(|p| p.id != playbook.id);
                self.playbooks.push(playbook);
            }
            Err(error) => self.problems.push(error.to_string()),
        }
    }

    /// All of them.
    #[must_use]
    pub fn all(&self) -> &[Playbook] {
        &self.playbooks
    }

    /// By id, else by use case: then the one that is not a mere reply or note.
    ///
    /// # Errors
    /// `E_NOT_FOUND`.
    pub fn find(&self, name: &str) -> Result<&Playbook, Refusal> {
        let by_use_case = || {
            let mut fitting: Vec<_> = self
                .playbooks
                .iter()
                .filter(|p| p.use_case.eq_ignore_ascii_case(name))
                .collect();
            fitting.sort_by_key(|p| (p.repeatable, p.id.clone()));
            fitting.first().copied()
        };
        self.playbooks
            .iter()
            .find(|p| p.id == name)
            .or_else(by_use_case)
            .ok_or_else(|| Refusal::new(Code::NotFound, format!("There is no playbook {name}.")))
    }

    /// The playbook that runs by itself on a kind of change.
    #[must_use]
    pub fn triggered(&self, kind: &str) -> Option<&Playbook> {
        self.playbooks
            .iter()
            .find(|p| p.trigger.as_deref() == Some(kind))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_company_adds_a_playbook_by_laying_a_file_into_its_folder() {
        let folder = tempfile::tempdir().unwrap();
        let playbooks = folder.path().join("playbooks");
        std::fs::create_dir(&playbooks).unwrap();
        std::fs::write(playbooks.join("broken.toml"), "id = 1").unwrap();
        let text = SHIPPED.iter().find(|(n, _)| *n == "reply").unwrap().1;
        std::fs::write(
            playbooks.join("thanks.toml"),
            text.replace("id = \"reply\"", "id = \"thanks\""),
        )
        .unwrap();
        let library = Library::load(folder.path());
        assert!(library.find("thanks").is_ok());
        assert_eq!(library.find("S2.1").unwrap().id, "ticket");
        assert_eq!(library.problems.len(), 1);
        assert!(library.problems[0].starts_with("playbook broken"));
    }
}
