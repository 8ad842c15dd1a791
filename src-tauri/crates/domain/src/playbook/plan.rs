//! From a playbook, the facts of a case and what a person typed to a plan. Pure: the same input gives the same keys.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::{Condition, Field, Playbook, Scope, StepTemplate, bind::text_of, lookup};
use crate::{
    IntentId, ObjectRef, Refusal, StepKey, System, action,
    operation::{Call, Operation},
    plan::{Gate, GateState, OverlayValue, Plan, PlannedStep},
    refusal::Code,
};

/// What is known about a case when a playbook is looked at.
#[derive(Debug, Clone)]
pub struct Facts {
    /// The case.
    pub case: ObjectRef,
    /// Facts by path: `case`, `partner`, `notice`, `template`, `workspace`, `ticket`, `message`, `attachments`, ...
    pub values: Value,
    /// Systems with a connection.
    pub connected: BTreeSet<System>,
}

/// Whether a playbook fits a case, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applicability {
    /// It fits.
    pub applies: bool,
    /// Why, or why not, in words.
    pub why: String,
}

/// A field with its effective value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldValue {
    /// The field.
    pub field: Field,
    /// Its value; empty when there is none.
    pub value: String,
    /// A person typed it.
    pub typed: bool,
}

impl FieldValue {
    /// Required and empty.
    #[must_use]
    pub fn missing(&self) -> bool {
        self.field.required && self.value.trim().is_empty()
    }
}

fn holds(condition: &Condition, scope: &Scope<'_>) -> bool {
    scope.text(&condition.field) == condition.equals
}

/// Whether a playbook fits the case.
#[must_use]
pub fn applicability(playbook: &Playbook, facts: &Facts) -> Applicability {
    let no = |why: String| Applicability {
        applies: false,
        why,
    };
    let scope = Scope {
        values: &facts.values,
        item: None,
    };
    let applies = &playbook.applies;
    let case_type = scope.text("case.case_type");
    if !applies.case_types.is_empty() && !applies.case_types.contains(&case_type) {
        return no(format!("Not for cases of type {case_type}"));
    }
    let subtype = scope.text("case.subtype");
    if !applies.subtypes.is_empty() && !applies.subtypes.contains(&subtype) {
        return no(format!(
            "Not for subtype {}",
            if subtype.is_empty() { "none" } else { &subtype }
        ));
    }
    if applies.open_only && !crate::case::CaseStatus::is_open(&scope.text("case.status")) {
        return no(format!("The case is {}", scope.text("case.status")));
    }
    for system in &applies.systems {
        if !facts.connected.contains(system) {
            return no(format!("{system} is not connected"));
        }
    }
    for (path, why) in &applies.facts {
        if scope.text(path).is_empty() {
            return no(why.clone());
        }
    }
    for condition in &applies.when {
        if !holds(condition, &scope) {
            return no(if condition.why.is_empty() {
                format!("{} is not {}", condition.field, condition.equals)
            } else {
                condition.why.clone()
            });
        }
    }
    let why = if case_type.is_empty() {
        playbook.summary.clone()
    } else {
        format!("Fits cases of type {case_type}")
    };
    Applicability { applies: true, why }
}

/// Fields with their effective values: what was typed, else the source, else the text.
#[must_use]
pub fn field_values(
    playbook: &Playbook,
    facts: &Facts,
    typed: &BTreeMap<String, String>,
) -> Vec<FieldValue> {
    let scope = Scope {
        values: &facts.values,
        item: None,
    };
    playbook
        .fields
        .iter()
        .map(|field| {
            let by_person = typed.get(&field.name).filter(|_| !field.locked);
            let value = by_person.cloned().unwrap_or_else(|| {
                let from_source = field
                    .source
                    .as_deref()
                    .map(|path| scope.text(path))
                    .unwrap_or_default();
                if from_source.is_empty() {
                    field
                        .text
                        .as_deref()
                        .and_then(|t| scope.interpolate(t).ok())
                        .unwrap_or_default()
                } else {
                    from_source
                }
            });
            FieldValue {
                field: field.clone(),
                value,
                typed: by_person.is_some(),
            }
        })
        .collect()
}

/// The plan of a playbook on a case.
///
/// # Errors
/// `E_NOT_APPLICABLE` when it does not fit, `E_FIELD` naming fields that are missing, unknown or of another form, or
/// a reference without a value.
pub fn plan(
    playbook: &Playbook,
    facts: &Facts,
    typed: &BTreeMap<String, String>,
    intent: &IntentId,
) -> Result<Plan, Refusal> {
    let fit = applicability(playbook, facts);
    if !fit.applies {
        return Err(Refusal::new(Code::NotApplicable, fit.why));
    }
    let values = effective(playbook, facts, typed, intent)?;
    let scope = Scope {
        values: &values,
        item: None,
    };
    let gates: Vec<Gate> = playbook
        .gates
        .iter()
        .filter(|g| g.when.as_ref().is_none_or(|c| holds(c, &scope)))
        .map(|g| Gate {
            id: g.id.clone(),
            kind: g.kind,
            state: GateState::Open,
        })
        .collect();
    let event = playbook
        .trigger
        .as_ref()
        .map(|_| event_id(facts))
        .transpose()?;
    let mut builder = Builder {
        facts,
        event: event.as_deref(),
        intent,
        steps: Vec::new(),
        skipped: Vec::new(),
        made: BTreeMap::new(),
        lists: BTreeMap::new(),
        item: 0,
    };
    for gate in &gates {
        builder.made.insert(gate.id.clone(), vec![gate.id.clone()]);
    }
    for template in &playbook.steps {
        builder.template(template, &values)?;
    }
    Ok(Plan {
        intent: intent.clone(),
        playbook: playbook.id.clone(),
        use_case: playbook.use_case.clone(),
        title: scope
            .interpolate(&playbook.title)
            .unwrap_or_else(|_| playbook.title.clone()),
        case: facts.case.clone(),
        steps: builder.steps,
        gates,
        skipped: builder.skipped,
    })
}

/// Facts with `fields` and `letter` laid over them.
fn effective(
    playbook: &Playbook,
    facts: &Facts,
    typed: &BTreeMap<String, String>,
    intent: &IntentId,
) -> Result<Value, Refusal> {
    let unknown: Vec<&String> = typed
        .keys()
        .filter(|k| !playbook.fields.iter().any(|f| &f.name == *k))
        .collect();
    if !unknown.is_empty() {
        return Err(Refusal::new(
            Code::Field,
            format!("There is no field {}.", join(&unknown)),
        )
        .with(json!({"fields": unknown})));
    }
    let fields = field_values(playbook, facts, typed);
    let missing: Vec<String> = fields
        .iter()
        .filter(|f| f.missing())
        .map(|f| f.field.title.clone())
        .collect();
    if !missing.is_empty() {
        let names: Vec<&String> = fields
            .iter()
            .filter(|f| f.missing())
            .map(|f| &f.field.name)
            .collect();
        let refs: Vec<&String> = missing.iter().collect();
        return Err(
            Refusal::new(Code::Field, format!("{} is missing.", join(&refs)))
                .with(json!({"fields": names})),
        );
    }
    if let Some(bad) = fields.iter().find(|f| !fits(f)) {
        return Err(Refusal::new(
            Code::Field,
            format!("{} is not of the form asked for.", bad.field.title),
        )
        .with(json!({"fields": [bad.field.name]})));
    }
    let mut values = match &facts.values {
        Value::Object(map) => map.clone(),
        _ => Map::new(),
    };
    let object = |wanted: &dyn Fn(&FieldValue) -> bool| {
        fields
            .iter()
            .filter(|f| wanted(f))
            .map(|f| (f.field.name.clone(), Value::String(f.value.clone())))
            .collect::<Map<_, _>>()
    };
    let typed_by_person = fields
        .iter()
        .filter(|f| f.typed && !f.value.is_empty())
        .map(|f| (f.field.name.clone(), json!(true)));
    values.insert("intent".to_owned(), json!(intent.as_str()));
    values.insert("typed".to_owned(), Value::Object(typed_by_person.collect()));
    values.insert("fields".to_owned(), Value::Object(object(&|_| true)));
    values.insert(
        "letter_fields".to_owned(),
        Value::Object(object(&|f| f.field.in_letter)),
    );
    Ok(Value::Object(values))
}

/// The event a derived plan follows from.
fn event_id(facts: &Facts) -> Result<String, Refusal> {
    let id = lookup(&facts.values, "event.id")
        .map(text_of)
        .unwrap_or_default();
    if id.is_empty() {
        return Err(Refusal::new(
            Code::NotApplicable,
            "Runs by itself when its event arrives.",
        ));
    }
    Ok(id)
}

fn fits(field: &FieldValue) -> bool {
    use super::Input;
    if field.value.is_empty() {
        return true;
    }
    if field.value.chars().count() > 20_000 {
        return false;
    }
    match field.field.input {
        Input::Text => !field.value.contains('\n'),
        Input::Multiline => true,
        Input::Date => chrono::NaiveDate::parse_from_str(&field.value, "%Y-%m-%d").is_ok(),
        Input::Choice => {
            field.field.choices.is_empty() || field.field.choices.contains(&field.value)
        }
        Input::Money => field.value.parse::<rust_decimal::Decimal>().is_ok(),
    }
}

fn join(names: &[&String]) -> String {
    names
        .iter()
        .map(|n| n.as_str())
        .collect::<Vec<_>>()
        .join(", ")
}

struct Builder<'a> {
    facts: &'a Facts,
    /// Set for derived plans: the event their keys come from.
    event: Option<&'a str>,
    intent: &'a IntentId,
    steps: Vec<PlannedStep>,
    skipped: Vec<String>,
    /// Template or gate name -> names it became in this plan; absent when left out.
    made: BTreeMap<String, Vec<String>>,
    /// Template name -> the list it was planned over.
    lists: BTreeMap<String, String>,
    /// Number of the item of the list that is being planned, from 1; 0 outside of lists.
    item: usize,
}

impl Builder<'_> {
    fn template(&mut self, template: &StepTemplate, values: &Value) -> Result<(), Refusal> {
        let scope = Scope { values, item: None };
        if template.when.as_ref().is_some_and(|c| !holds(c, &scope)) {
            return Ok(());
        }
        let system = template.operation.system();
        if !self.facts.connected.contains(&system) {
            if template.optional {
                self.skipped
                    .push(format!("{} ({system} is not connected)", template.id));
                return Ok(());
            }
            return Err(Refusal::new(
                Code::NotApplicable,
                format!("{system} is not connected."),
            ));
        }
        match &template.for_each {
            None => {
                let name = template.id.clone();
                self.step(template, &name, &scope)?;
                self.made.insert(name.clone(), vec![name]);
            }
            Some(path) => {
                let empty = Vec::new();
                let list = lookup(values, path)
                    .and_then(Value::as_array)
                    .unwrap_or(&empty);
                let mut names = Vec::new();
                for (n, item) in list.iter().enumerate() {
                    self.item = n + 1;
                    let name = format!("{}_{}", template.id, n + 1);
                    self.step(
                        template,
                        &name,
                        &Scope {
                            values,
                            item: Some(item),
                        },
                    )?;
                    names.push(name);
                }
                self.item = 0;
                self.lists.insert(template.id.clone(), path.clone());
                self.made.insert(template.id.clone(), names);
            }
        }
        Ok(())
    }

    fn step(
        &mut self,
        template: &StepTemplate,
        name: &str,
        scope: &Scope<'_>,
    ) -> Result<(), Refusal> {
        let unbound = |e: super::bind::Unbound| {
            Refusal::new(Code::Field, format!("{e}, which step {name} needs."))
                .with(json!({"fields": [e.0]}))
        };
        let mut args = scope.bind(&template.args).map_err(unbound)?;
        if let Value::Object(map) = &mut args {
            map.insert(
                "operation".to_owned(),
                Value::String(template.operation.as_str().to_owned()),
            );
            self.same_item(template, map);
        }
        check_form(template, &args).map_err(|why| {
            Refusal::new(
                Code::Input,
                format!(
                    "Step {name} cannot be sent as {}: {why}",
                    template.operation
                ),
            )
        })?;
        let content_hash = action::args_hash(&args)
            .map_err(|e| Refusal::new(Code::Input, format!("Step {name}: {e}")))?;
        let number = u32::try_from(self.steps.len() + 1).unwrap_or(u32::MAX);
        let waits_on = template
            .waits_on
            .iter()
            .flat_map(|n| self.waited_on(template, n))
            .cloned()
            .collect();
        let overlay = template
            .shows
            .iter()
            .map(|(field, value)| {
                Ok(OverlayValue {
                    object: self.facts.case.clone(),
                    field: field.clone(),
                    value: scope.bind(&Value::String(value.clone()))?,
                })
            })
            .collect::<Result<_, super::bind::Unbound>>()
            .map_err(unbound)?;
        self.steps.push(PlannedStep {
            number,
            id: name.to_owned(),
            operation: template.operation,
            subject: scope.interpolate(&template.subject).map_err(unbound)?,
            key: self.key(number, template.operation, &content_hash)?,
            content_hash,
            args,
            waits_on,
            offline_class: template.offline,
            lane: template
                .lane
                .as_ref()
                .map(|lane| scope.interpolate(lane))
                .transpose()
                .map_err(unbound)?,
            optional: template.optional,
            overlay,
        });
        Ok(())
    }

    fn key(
        &self,
        number: u32,
        operation: Operation,
        content_hash: &str,
    ) -> Result<StepKey, Refusal> {
        Ok(match (self.event, operation) {
            (Some(event), Operation::Claim) => {
                let claimant = lookup(&self.facts.values, "desk.claimant")
                    .and_then(Value::as_str)
                    .filter(|c| !c.is_empty())
                    .ok_or_else(|| Refusal::new(Code::Input, "Nobody is named who claims this."))?;
                action::claim_key(event, number, claimant)
            }
            // A conditional update is the same one only where it writes the same: a desktop that has pulled more writes
            // another value under another key, and the version decides.
            (Some(event), Operation::UpdateCase) => {
                action::derived_key(&format!("{event}\n{content_hash}"), number)
            }
            (Some(event), _) => action::derived_key(event, number),
            (None, _) => action::step_key(self.intent, number, content_hash),
        })
    }

    /// What waiting on a name means: of a step over the same list the one of the same item, else all of them.
    fn waited_on(&self, template: &StepTemplate, name: &str) -> &[String] {
        let Some(names) = self.made.get(name) else {
            return &[];
        };
        let same_list =
            template.for_each.is_some() && self.lists.get(name) == template.for_each.as_ref();
        if same_list {
            names
                .get(self.item.saturating_sub(1))
                .map_or(&[], std::slice::from_ref)
        } else {
            names
        }
    }

    /// A `for_each` step that uses the result of a `for_each` step over the same list means the one of its own item.
    fn same_item(&self, template: &StepTemplate, args: &mut Map<String, Value>) {
        if template.for_each.is_none() {
            return;
        }
        let number = self.item;
        let is_over_list = |step: &String| {
            let names = self.made.get(step.as_str());
            names.is_some_and(|names| names.as_slice() != std::slice::from_ref(step))
        };
        for value in args.values_mut() {
            name_item(value, number, &is_over_list);
        }
    }
}

/// Names the step of an item wherever a value refers to steps over a list, however deep.
fn name_item(value: &mut Value, number: usize, is_over_list: &impl Fn(&String) -> bool) {
    match value {
        Value::Object(map) => match map.get_mut("from_step") {
            Some(Value::String(step)) if is_over_list(step) => *step = format!("{step}_{number}"),
            Some(_) => {}
            None => map
                .values_mut()
                .for_each(|value| name_item(value, number, is_over_list)),
        },
        Value::Array(list) => list
            .iter_mut()
            .for_each(|value| name_item(value, number, is_over_list)),
        _ => {}
    }
}

/// Arguments must read as the call they are, once references to receipts stand for text.
fn check_form(template: &StepTemplate, args: &Value) -> Result<(), String> {
    let probe = stand_ins(args);
    let call: Call = serde_json::from_value(probe).map_err(|e| e.to_string())?;
    if call.operation() == template.operation {
        Ok(())
    } else {
        Err("operation word differs".to_owned())
    }
}

fn stand_ins(value: &Value) -> Value {
    match value {
        Value::Object(map) if map.contains_key("from_step") => Value::String("later".to_owned()),
        Value::Object(map) => {
            Value::Object(map.iter().map(|(k, v)| (k.clone(), stand_ins(v))).collect())
        }
        Value::Array(list) => Value::Array(list.iter().map(stand_ins).collect()),
        other => other.clone(),
    }
}
