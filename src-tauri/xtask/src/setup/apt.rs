//! Installs Debian packages, or says exactly what is missing and why.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use super::Consent;
use super::packages::{Need, Probe};
use crate::Outcome;
use crate::process;

/// What of the machine decides how packages are installed.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Machine {
    /// PRETTY_NAME of the system.
    name: String,
    /// It has dpkg and apt-get.
    debian: bool,
    /// We may install without sudo.
    root: bool,
    /// sudo is there, and will not wait for a password nobody can type.
    sudo: bool,
}

/// What follows from what is missing.
#[derive(Debug, PartialEq, Eq)]
enum Plan {
    Nothing,
    Install { sudo: bool, packages: Vec<String> },
    Refuse(String),
}

/// Sees to it that `needs` are there.
pub(crate) fn install(needs: &[Need], consent: Consent) -> Outcome {
    let machine = Machine::look(consent);
    let missing = missing(needs, &machine)?;
    match plan(&missing, &machine) {
        Plan::Nothing => Ok(()),
        Plan::Refuse(reason) => Err(reason),
        Plan::Install { sudo, packages } => {
            eprintln!("These Debian packages are missing:\n{}", listed(&missing));
            consent.obtain("Install them with apt-get?")?;
            apt(sudo, &["update", "-q"])?;
            let mut words = vec!["install", "-y", "-q", "--no-install-recommends"];
            words.extend(packages.iter().map(String::as_str));
            apt(sudo, &words)?;
            let still = self::missing(needs, &machine)?;
            if still.is_empty() {
                Ok(())
            } else {
                Err(format!(
                    "apt-get ended well, but these are still missing:\n{}",
                    listed(&still)
                ))
            }
        }
    }
}

/// Installs packages that are needed only on the way, for example to fetch Node.
pub(crate) fn install_tool(package: &'static str, why: &'static str, consent: Consent) -> Outcome {
    install(
        &[Need {
            package,
            why,
            probe: Probe::Unknown,
        }],
        consent,
    )
}

fn apt(sudo: bool, words: &[&str]) -> Outcome {
    let mut command = if sudo {
        let mut command = Command::new("sudo");
        command.args(["DEBIAN_FRONTEND=noninteractive", "apt-get"]);
        command
    } else {
        let mut command = Command::new("apt-get");
        command.env("DEBIAN_FRONTEND", "noninteractive");
        command
    };
    process::run(command.args(words))
}

fn missing(needs: &[Need], machine: &Machine) -> Outcome<Vec<Need>> {
    if machine.debian {
        let names: Vec<&str> = needs.iter().map(|need| need.package).collect();
        // dpkg-query ends with 1 where a name is unknown to it; its lines are right all the same.
        let output = Command::new("dpkg-query")
            .args(["-W", "-f=${db:Status-Status} ${Package}\\n"])
            .args(&names)
            .output()
            .map_err(|error| format!("dpkg-query could not be started: {error}"))?;
        let installed = installed(&String::from_utf8_lossy(&output.stdout));
        Ok(not_in(needs, &installed))
    } else {
        Ok(needs
            .iter()
            .filter(|need| match need.probe {
                Probe::Library(name) => {
                    !process::succeeds(Command::new("pkg-config").args(["--exists", name]))
                }
                Probe::Program(name) => !process::on_path(name),
                Probe::Unknown => false,
            })
            .copied()
            .collect())
    }
}

fn installed(dpkg: &str) -> BTreeSet<String> {
    dpkg.lines()
        .filter_map(|line| line.strip_prefix("installed "))
        .map(|name| name.trim().to_owned())
        .collect()
}

fn not_in(needs: &[Need], installed: &BTreeSet<String>) -> Vec<Need> {
    needs
        .iter()
        .filter(|need| !installed.contains(need.package))
        .copied()
        .collect()
}

fn plan(missing: &[Need], machine: &Machine) -> Plan {
    if missing.is_empty() {
        return Plan::Nothing;
    }
    let packages: Vec<String> = missing.iter().map(|need| need.package.to_owned()).collect();
    if !machine.debian {
        return Plan::Refuse(format!(
            "this is {}, and only Debian's apt-get is known here. Install what corresponds to these \
             packages of Debian 12, then call again:\n{}",
            machine.name,
            listed(missing)
        ));
    }
    if machine.root || machine.sudo {
        return Plan::Install {
            sudo: !machine.root,
            packages,
        };
    }
    Plan::Refuse(format!(
        "these Debian packages are missing, and neither root nor a usable sudo is there to install \
         them:\n{}\nAs root: apt-get install --no-install-recommends {}",
        listed(missing),
        packages.join(" ")
    ))
}

fn listed(needs: &[Need]) -> String {
    needs
        .iter()
        .map(|need| format!("  {:<30} {}", need.package, need.why))
        .collect::<Vec<_>>()
        .join("\n")
}

impl Machine {
    fn look(consent: Consent) -> Self {
        let release = fs::read_to_string("/etc/os-release").unwrap_or_default();
        let sudo = process::on_path("sudo")
            && (consent == Consent::Ask
                || process::succeeds(Command::new("sudo").args(["-n", "true"])));
        Self {
            name: field(&release, "PRETTY_NAME").unwrap_or_else(|| std::env::consts::OS.into()),
            debian: is_debian(&release)
                && process::on_path("dpkg-query")
                && process::on_path("apt-get"),
            root: is_root(),
            sudo,
        }
    }
}

/// Debian, and what says of itself that it is like Debian: the package names are Debian's.
fn is_debian(release: &str) -> bool {
    let like = field(release, "ID_LIKE").unwrap_or_default();
    field(release, "ID").as_deref() == Some("debian")
        || like.split_whitespace().any(|word| word == "debian")
}

fn field(release: &str, name: &str) -> Option<String> {
    release.lines().find_map(|line| {
        let value = line.strip_prefix(name)?.strip_prefix('=')?;
        Some(value.trim_matches('"').to_owned())
    })
}

fn is_root() -> bool {
    // The owner of our own process entry is who we are; no call outside std is needed for it.
    use std::os::unix::fs::MetadataExt;
    fs::metadata("/proc/self").is_ok_and(|entry| entry.uid() == 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::setup::{BUILD, TEST};

    fn machine() -> Machine {
        Machine {
            name: "Debian GNU/Linux 12 (bookworm)".into(),
            debian: true,
            root: true,
            sudo: false,
        }
    }

    #[test]
    fn only_packages_dpkg_calls_installed_count() {
        let said = "installed xvfb\nconfig-files dbus\nnot-installed file\ninstalled libssl-dev\n";
        let missing = not_in(&[TEST, BUILD].concat(), &installed(said));
        let names: Vec<_> = missing.iter().map(|need| need.package).collect();
        assert!(!names.contains(&"xvfb") && !names.contains(&"libssl-dev"));
        assert!(names.contains(&"dbus") && names.contains(&"file"));
        assert!(names.contains(&"libwebkit2gtk-4.1-dev"));
    }

    #[test]
    fn nothing_missing_needs_no_rights() {
        let nobody = Machine {
            root: false,
            ..machine()
        };
        assert_eq!(plan(&[], &nobody), Plan::Nothing);
    }

    #[test]
    fn root_installs_directly_and_others_through_sudo() {
        let need = &BUILD[..1];
        let packages = vec!["build-essential".to_owned()];
        assert_eq!(
            plan(need, &machine()),
            Plan::Install {
                sudo: false,
                packages: packages.clone()
            }
        );
        let user = Machine {
            root: false,
            sudo: true,
            ..machine()
        };
        assert_eq!(
            plan(need, &user),
            Plan::Install {
                sudo: true,
                packages
            }
        );
    }

    #[test]
    fn without_rights_the_packages_and_the_command_are_named() {
        let user = Machine {
            root: false,
            ..machine()
        };
        let Plan::Refuse(text) = plan(&TEST[..2], &user) else {
            panic!("must refuse");
        };
        assert!(text.contains("apt-get install --no-install-recommends xvfb webkit2gtk-driver"));
        assert!(text.contains("drives the real window"), "{text}");
    }

    #[test]
    fn another_system_gets_the_list_and_no_apt_call() {
        let fedora = Machine {
            name: "Fedora Linux 42".into(),
            debian: false,
            ..machine()
        };
        let Plan::Refuse(text) = plan(&BUILD[2..3], &fedora) else {
            panic!("must refuse");
        };
        assert!(text.contains("Fedora Linux 42") && text.contains("libwebkit2gtk-4.1-dev"));
    }

    #[test]
    fn debian_and_its_children_are_known_by_their_release_file() {
        assert!(is_debian("ID=debian\nVERSION_ID=\"12\"\n"));
        assert!(is_debian("ID=linuxmint\nID_LIKE=\"ubuntu debian\"\n"));
        assert!(!is_debian("ID=fedora\n"));
    }
}
