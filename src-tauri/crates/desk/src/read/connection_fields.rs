//! What is entered for a connection to each system. Names are those of the connectors' settings and secrets.

use std::collections::BTreeMap;

use domain::{Refusal, System};

use crate::{connections::check_address, problem::input, view::FieldKind};

/// Name of the field that holds the dialect.
pub(super) const DIALECT: &str = "dialect";

/// One field.
#[derive(Debug, Clone, Copy)]
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) title: &'static str,
    pub(super) kind: FieldKind,
    /// For a choice: value and title of each.
    pub(super) choices: &'static [(&'static str, &'static str)],
    /// Seldom needed.
    pub(super) advanced: bool,
}

impl Field {
    /// Whether it may have this value.
    pub(super) fn takes(&self, value: &str) -> bool {
        value.is_empty()
            || self.choices.is_empty()
            || self.choices.iter().any(|(choice, _)| *choice == value)
    }

    pub(super) const fn is_secret(&self) -> bool {
        matches!(self.kind, FieldKind::Secret)
    }

    const fn text(name: &'static str, title: &'static str) -> Self {
        Self {
            name,
            title,
            kind: FieldKind::Text,
            choices: &[],
            advanced: false,
        }
    }

    const fn secret(name: &'static str, title: &'static str) -> Self {
        Self {
            kind: FieldKind::Secret,
            ..Self::text(name, title)
        }
    }

    const fn choice(
        name: &'static str,
        title: &'static str,
        choices: &'static [(&'static str, &'static str)],
    ) -> Self {
        Self {
            kind: FieldKind::Choice,
            choices,
            ..Self::text(name, title)
        }
    }

    const fn seldom(self) -> Self {
        Self {
            advanced: true,
            ..self
        }
    }
}

const COMMUNITY: &[Field] = &[
    Field::text("company_id", "Company id"),
    Field::text("token_url", "Token address"),
    Field::secret("client_id", "Consumer key"),
    Field::secret("client_secret", "Consumer secret"),
];
const DOCUMENTS: &[Field] = &[
    Field::text("token_url", "Token address"),
    Field::secret("client_id", "Consumer key"),
    Field::secret("client_secret", "Consumer secret"),
    Field::text("own_addresses", "Own addresses").seldom(),
];
const EXSTREAM: &[Field] = &[
    Field::choice(
        DIALECT,
        "Sign-in",
        &[("ocp", "OpenText Cloud Platform tenant"), ("otds", "OTDS")],
    ),
    Field::text("tenant", "Tenant"),
    Field::text("domain", "Domain"),
    Field::text("token_url", "Token address"),
    Field::secret("client_id", "Client id"),
    Field::secret("client_secret", "Client secret"),
    Field::text("messaging", "Messaging address"),
    Field::secret("username", "Messaging user"),
    Field::secret("password", "Messaging password"),
];
const WORKFLOW: &[Field] = &[
    Field::text("tenant", "Tenant"),
    Field::text("token_url", "Token address"),
    Field::text("history_base", "History address"),
    Field::secret("client_id", "Client id"),
    Field::secret("client_secret", "Client secret"),
];
const WORKSPACES: &[Field] = &[
    Field::choice(
        DIALECT,
        "Sign-in",
        &[
            ("ticket", "User and password"),
            ("otds_ticket", "OTDS ticket"),
            ("otds_token", "OTDS token for a ticket"),
            ("otds", "OTDS token with every call"),
        ],
    ),
    Field::text("token_url", "OTDS address"),
    Field::secret("username", "User"),
    Field::secret("password", "Password"),
    Field::secret("client_id", "OTDS client id").seldom(),
    Field::secret("client_secret", "OTDS client secret").seldom(),
    Field::text("domain", "User domain").seldom(),
    Field::text("base_path", "Base path").seldom(),
    Field::text("attributes", "Categories").seldom(),
];
const TRACKER: &[Field] = &[
    Field::choice(
        DIALECT,
        "Dialect",
        &[
            ("request_tracker", "Request Tracker 5"),
            ("servicenow", "ServiceNow"),
        ],
    ),
    Field::text("queue", "Queue"),
    Field::secret("username", "User"),
    Field::secret("password", "Password"),
    Field::secret("token", "Token"),
    Field::text("table", "ServiceNow table").seldom(),
    Field::choice(
        "sign_in",
        "ServiceNow sign-in",
        &[("basic", "User and password"), ("oauth", "OAuth")],
    )
    .seldom(),
    Field::text("token_url", "OAuth address").seldom(),
    Field::secret("client_id", "OAuth client id").seldom(),
    Field::secret("client_secret", "OAuth client secret").seldom(),
];

/// Fields of every connection: how its wire is made.
pub(super) const TRANSPORT: &[Field] = &[
    Field {
        kind: FieldKind::Certificates,
        ..Field::text(AUTHORITY, "Certificate authority").seldom()
    },
    Field::text(PROXY, "Proxy").seldom(),
    Field {
        kind: FieldKind::Number,
        ..Field::text(PACE, "Requests per second").seldom()
    },
];
pub(super) const AUTHORITY: &str = "authority";
pub(super) const PROXY: &str = "proxy";
pub(super) const PACE: &str = "requests_per_second";

/// Fields of a system's own, in the order of the screen.
pub(super) const fn of(system: System) -> &'static [Field] {
    match system {
        System::Community => COMMUNITY,
        System::Documents => DOCUMENTS,
        System::Exstream => EXSTREAM,
        System::Workflow => WORKFLOW,
        System::Workspaces => WORKSPACES,
        System::Tracker => TRACKER,
    }
}

/// Names of the secrets a connection to this system may have.
pub(crate) fn secret_fields(system: System) -> impl Iterator<Item = &'static str> {
    of(system)
        .iter()
        .filter(|field| field.is_secret())
        .map(|field| field.name)
}

/// Names under which secrets are entered, whatever the system.
const SECRET_NAMES: [&str; 5] = [
    "username",
    "password",
    "client_id",
    "client_secret",
    "token",
];

/// Settings that hold a whole address: secrets are sent there.
pub(super) fn is_address(name: &str) -> bool {
    matches!(name, "token_url" | "messaging" | "history_base")
}

/// Settings without a field on the screen: what a configuration may say besides.
const fn more_settings(system: System) -> &'static [&'static str] {
    match system {
        System::Community | System::Documents | System::Workflow => &[],
        System::Exstream => &["driver_data_source", "external_id"],
        System::Workspaces => &["supplier_type"],
        System::Tracker => &["marker_field", "number_prefix", "journal", "utc"],
    }
}

/// Whether a connection that was written by hand uses words this program knows. A system with one way to sign in takes any
/// dialect: a sandbox names them all.
///
/// # Errors
/// `E_INPUT` naming the word, never a value.
pub(crate) fn check_connection_words<'a>(
    system: System,
    dialect: &str,
    settings: &BTreeMap<String, String>,
    secrets: impl IntoIterator<Item = &'a str>,
) -> Result<(), Refusal> {
    let field = |name: &str| of(system).iter().find(|field| field.name == name);
    if let Some(field) = field(DIALECT)
        && !field.takes(dialect)
    {
        return Err(input(format!("{system} has no dialect {dialect}.")));
    }
    for (name, value) in settings {
        let name = name.as_str();
        if name == PACE {
            let what = format!("The {PACE} of {system} are part of transport, not of settings.");
            return Err(input(what));
        }
        if SECRET_NAMES.contains(&name) {
            return Err(input(format!(
                "{name} of {system} is a secret, not a setting."
            )));
        }
        let known = field(name).filter(|field| field.name != DIALECT);
        if known.is_none() && !more_settings(system).contains(&name) {
            return Err(input(format!("{system} has no setting {name}.")));
        }
        if known.is_some_and(|field| !field.takes(value)) {
            return Err(input(format!("{name} of {system} cannot be that.")));
        }
        if is_address(name)
            && !value.is_empty()
            && let Err(why) = check_address(value)
        {
            return Err(input(format!(
                "The {name} of {system} cannot be used: {why}."
            )));
        }
    }
    for name in secrets {
        if !secret_fields(system).any(|known| known == name) {
            return Err(input(format!("{system} has no secret {name}.")));
        }
    }
    Ok(())
}
