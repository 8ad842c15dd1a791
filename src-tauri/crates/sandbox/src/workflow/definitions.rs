//! The deployed process models: which tasks follow which, for whom, and how long they may take.

/// A task of a model.
#[derive(Debug)]
pub(super) struct Step {
    /// Name of the task.
    pub(super) name: &'static str,
    /// Candidate group.
    pub(super) group: &'static str,
    /// Hours until due.
    pub(super) hours: i64,
}

/// A process model: stages one after the other, the steps of a stage side by side.
#[derive(Debug)]
pub(super) struct Definition {
    /// Key it is started by.
    pub(super) key: &'static str,
    /// Name people see.
    pub(super) name: &'static str,
    /// Stages.
    pub(super) stages: &'static [&'static [Step]],
}

const fn step(name: &'static str, group: &'static str, hours: i64) -> Step {
    Step { name, group, hours }
}

/// Every deployed model.
pub(super) const DEFINITIONS: &[Definition] = &[
    Definition {
        key: "dispute",
        name: "Partner dispute",
        stages: &[
            &[step("Review dispute", "customer-service", 8)],
            &[
                step("Check order and shipment", "operations", 24),
                step("Check invoice", "finance", 24),
            ],
            &[step("Approve resolution", "approvals", 24)],
        ],
    },
    Definition {
        key: "shipment-exception",
        name: "Shipment exception",
        stages: &[
            &[step("Find shipment", "operations", 4)],
            &[step("Agree new delivery date", "logistics", 12)],
            &[step("Confirm with partner", "customer-service", 24)],
        ],
    },
    Definition {
        key: "invoice-mismatch",
        name: "Invoice mismatch",
        stages: &[
            &[step("Compare invoice with order", "finance", 24)],
            &[step("Approve correction", "approvals", 24)],
        ],
    },
    Definition {
        key: "compliance",
        name: "Compliance issue",
        stages: &[
            &[step("Assess issue", "compliance", 24)],
            &[step("Approve measures", "approvals", 48)],
        ],
    },
    Definition {
        key: "compliance-review",
        name: "Certificate review",
        stages: &[
            &[step("Check completeness", "compliance", 24)],
            &[step("Decide on certificate", "compliance", 48)],
        ],
    },
    Definition {
        key: "renewal",
        name: "Certificate renewal",
        stages: &[
            &[step("Ask for renewal", "compliance", 72)],
            &[step("Check renewed certificate", "compliance", 48)],
        ],
    },
    Definition {
        key: "document-review",
        name: "Partner document review",
        stages: &[
            &[step("Review document", "operations", 24)],
            &[step("Approve document", "approvals", 24)],
        ],
    },
    Definition {
        key: "letter-review",
        name: "Letter review",
        stages: &[&[step("Review letter", "approvals", 24)]],
    },
    Definition {
        key: "onboarding",
        name: "Partner onboarding",
        stages: &[
            &[
                step("Compliance check", "compliance", 72),
                step("Account setup", "finance", 72),
                step("Master data validation", "master-data", 72),
            ],
            &[step("Approve trading relation", "approvals", 48)],
        ],
    },
    Definition {
        key: "exception",
        name: "Order exception",
        stages: &[
            &[step("Classify exception", "operations", 4)],
            &[step("Investigate", "operations", 24)],
            &[step("Correct and respond", "customer-service", 24)],
        ],
    },
    Definition {
        key: "claim",
        name: "Partner claim",
        stages: &[
            &[step("Intake", "customer-service", 8)],
            &[step("Validation", "finance", 24)],
            &[step("Investigation", "operations", 48)],
            &[step("Settlement", "approvals", 48)],
        ],
    },
    Definition {
        key: "request",
        name: "Partner request",
        stages: &[
            &[
                step("Sales answer", "sales", 24),
                step("Operations answer", "operations", 24),
            ],
            &[step("Answer partner", "customer-service", 24)],
        ],
    },
    Definition {
        key: "pricing-request",
        name: "Pricing exception request",
        stages: &[
            &[
                step("Check price", "sales", 24),
                step("Check margin", "finance", 24),
            ],
            &[step("Answer partner", "customer-service", 24)],
        ],
    },
    Definition {
        key: "product-data-request",
        name: "Product data correction",
        stages: &[
            &[step("Correct product data", "master-data", 48)],
            &[step("Answer partner", "customer-service", 24)],
        ],
    },
    Definition {
        key: "service-request",
        name: "Service request",
        stages: &[
            &[step("Carry out service", "operations", 48)],
            &[step("Answer partner", "customer-service", 24)],
        ],
    },
    Definition {
        key: "order-change",
        name: "Order change",
        stages: &[
            &[step("Check availability", "operations", 8)],
            &[step("Confirm change", "customer-service", 8)],
        ],
    },
    Definition {
        key: "disruption",
        name: "Supply disruption",
        stages: &[
            &[step("Assess affected orders", "operations", 4)],
            &[step("Approve outreach", "approvals", 8)],
        ],
    },
    Definition {
        key: "edi-failure",
        name: "EDI failure",
        stages: &[
            &[step("Analyse rejection", "edi", 24)],
            &[step("Correct map", "edi", 48)],
        ],
    },
    Definition {
        key: "recall",
        name: "Recall",
        stages: &[
            &[step("Confirm affected lots", "quality", 2)],
            &[step("Approve recall notice", "approvals", 2)],
            &[step("Check effectiveness", "quality", 120)],
        ],
    },
];

/// The model with a key. `_` and `-` are the same, as are `partner-dispute` and `dispute`, `compliance-issue` and
/// `compliance`: tenants name their copies so.
pub(super) fn find(key: &str) -> Option<&'static Definition> {
    let key = key.to_lowercase().replace('_', "-");
    let key = key.strip_prefix("partner-").unwrap_or(&key);
    let key = match key {
        "compliance-issue" => "compliance",
        "order-exception" | "discrepancy" => "exception",
        "certificate" | "certificate-review" => "compliance-review",
        other => other,
    };
    DEFINITIONS.iter().find(|d| d.key == key)
}

/// The model for a type of case.
pub(super) fn for_case_type(case_type: &str) -> Option<&'static Definition> {
    find(&case_type.replace('_', "-"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_case_type_of_the_contract_has_a_model() {
        for case_type in [
            "dispute",
            "shipment_exception",
            "order_change",
            "invoice_mismatch",
            "compliance",
            "claim",
            "disruption",
            "edi_failure",
            "request",
            "onboarding",
            "certificate",
            "recall",
        ] {
            assert!(for_case_type(case_type).is_some(), "{case_type}");
        }
        assert!(find("partner-dispute").is_some() && find("make-coffee").is_none());
    }
}
