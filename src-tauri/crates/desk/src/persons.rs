//! Who acts. On the sandbox a person is chosen; elsewhere it is the local profile.

use domain::{Person, PersonId, Refusal, person::Role, refusal::Code};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The persons of a data folder.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Persons {
    /// Everybody who may act here.
    pub all: Vec<Person>,
    /// May one be chosen freely? Only on the sandbox.
    pub choosable: bool,
}

impl Persons {
    /// The persons a sandbox names, with their PINs beside them.
    #[must_use]
    pub fn of_sandbox(description: &Value) -> (Self, Vec<(PersonId, String)>) {
        let mut persons = Self {
            all: Vec::new(),
            choosable: true,
        };
        let mut pins = Vec::new();
        let empty = Vec::new();
        for told in description
            .get("persons")
            .and_then(Value::as_array)
            .unwrap_or(&empty)
        {
            let text = |name: &str| told.get(name).and_then(Value::as_str).unwrap_or_default();
            let id = PersonId::from(text("name"));
            if id.as_str().is_empty() {
                continue;
            }
            let name = if text("full_name").is_empty() {
                text("name")
            } else {
                text("full_name")
            };
            let roles = told
                .get("roles")
                .and_then(Value::as_array)
                .map(|roles| {
                    roles
                        .iter()
                        .filter_map(|r| r.as_str().and_then(|r| r.parse::<Role>().ok()))
                        .collect()
                })
                .unwrap_or_default();
            let zone = if text("time_zone").is_empty() {
                "UTC"
            } else {
                text("time_zone")
            };
            pins.push((id.clone(), text("pin").to_owned()));
            persons.all.push(Person {
                id,
                name: name.to_owned(),
                roles,
                time_zone: zone.to_owned(),
            });
        }
        (persons, pins)
    }

    /// The one person of a folder with real connections, until people sign in.
    #[must_use]
    pub fn local(login: &str) -> Self {
        let person = Person {
            id: PersonId::from(login),
            name: login.to_owned(),
            roles: vec![Role::Agent, Role::Reviewer],
            time_zone: "UTC".to_owned(),
        };
        Self {
            all: vec![person],
            choosable: false,
        }
    }

    /// By login.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Person> {
        self.all.iter().find(|p| p.id.as_str() == id)
    }

    /// Name as printed; the login where nobody of this name is known.
    #[must_use]
    pub fn name<'a>(&'a self, id: &'a str) -> &'a str {
        match self.get(id) {
            Some(person) => person.name.as_str(),
            // What follows from an event is done by nobody in particular.
            None if id == "system" => "This console",
            None => id,
        }
    }

    /// The person to act as.
    ///
    /// # Errors
    /// `E_FORBIDDEN` where persons cannot be chosen, `E_NOT_FOUND` for nobody of this name.
    pub fn choose(&self, id: &str) -> Result<Person, Refusal> {
        if !self.choosable {
            return Err(Refusal::new(
                Code::Forbidden,
                "On real connections the signed-in person acts.",
            ));
        }
        self.get(id).cloned().ok_or_else(|| {
            Refusal::new(Code::NotFound, format!("There is no person {id}."))
                .with(serde_json::json!({"persons": self.all.iter().map(|p| p.id.as_str()).collect::<Vec<_>>()}))
        })
    }
}

/// Two letters of a name.
#[must_use]
pub(crate) fn initials(name: &str) -> String {
    let mut words = name
        .split(|c: char| c.is_whitespace() || c == '.')
        .filter(|w| !w.is_empty());
    let first = words.next().and_then(|w| w.chars().next());
    let last = words.next_back().and_then(|w| w.chars().next());
    first
        .into_iter()
        .chain(last)
        .flat_map(char::to_uppercase)
        .collect()
}
