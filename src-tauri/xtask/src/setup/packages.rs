//! The Debian packages, each with the reason it is there and how to find it on another system.

/// One thing the machine must have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Need {
    /// Its name on Debian 12.
    pub(crate) package: &'static str,
    /// What for.
    pub(crate) why: &'static str,
    /// How to see it where there is no dpkg.
    pub(crate) probe: Probe,
}

/// How to see that a need is met where there is no dpkg.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Probe {
    /// `pkg-config --exists NAME`.
    Library(&'static str),
    /// A program along PATH.
    Program(&'static str),
    /// Nothing tells; its absence shows in the build.
    Unknown,
}

const fn need(package: &'static str, why: &'static str, probe: Probe) -> Need {
    Need {
        package,
        why,
        probe,
    }
}

/// What the build needs.
pub(crate) const BUILD: &[Need] = &[
    need(
        "build-essential",
        "C compiler and linker",
        Probe::Program("cc"),
    ),
    need(
        "pkg-config",
        "finds the libraries below",
        Probe::Program("pkg-config"),
    ),
    need(
        "libwebkit2gtk-4.1-dev",
        "the window's web view",
        Probe::Library("webkit2gtk-4.1"),
    ),
    need(
        "libssl-dev",
        "the cipher under SQLCipher",
        Probe::Library("openssl"),
    ),
    need(
        "libayatana-appindicator3-dev",
        "the tray icon",
        Probe::Library("ayatana-appindicator3-0.1"),
    ),
    need(
        "librsvg2-dev",
        "icons of the bundle",
        Probe::Library("librsvg-2.0"),
    ),
    need("libxdo-dev", "keyboard access of the menu", Probe::Unknown),
    need(
        "file",
        "kinds of files in the bundle",
        Probe::Program("file"),
    ),
];

/// What the tests need besides.
pub(crate) const TEST: &[Need] = &[
    need(
        "xvfb",
        "a display for the window tests",
        Probe::Program("Xvfb"),
    ),
    need(
        "webkit2gtk-driver",
        "drives the real window",
        Probe::Program("WebKitWebDriver"),
    ),
    need(
        "fonts-dejavu-core",
        "text in the window and in letters",
        Probe::Unknown,
    ),
    need("dbus", "a session bus", Probe::Program("dbus-run-session")),
    need(
        "dbus-x11",
        "a session bus under X",
        Probe::Program("dbus-launch"),
    ),
    need(
        "gnome-keyring",
        "a keyring to test against",
        Probe::Program("gnome-keyring-daemon"),
    ),
    need(
        "libsecret-tools",
        "looks into that keyring",
        Probe::Program("secret-tool"),
    ),
    need(
        "sqlite3",
        "proves that the databases do not open without a key",
        Probe::Program("sqlite3"),
    ),
    need(
        "poppler-utils",
        "reads the text of letters",
        Probe::Program("pdftotext"),
    ),
    need(
        "imagemagick",
        "pictures of the display when a test fails",
        Probe::Program("import"),
    ),
];

/// What the contract tests need besides: a real server to compare the sandbox with.
pub(crate) const PEERS: &[Need] = &[
    need(
        "request-tracker5",
        "a real tracker for the contract tests",
        Probe::Program("rt-setup-database-5"),
    ),
    need("rt5-db-sqlite", "its database", Probe::Unknown),
    need("rt5-standalone", "its own web server", Probe::Unknown),
];
