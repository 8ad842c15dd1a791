//! The letter templates of the company, by key, language and version.

use domain::{
    Millis,
    time::{DAY, HOUR},
};
use serde::Serialize;

use super::ids;

/// One version of a template in one language.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Template {
    /// Resource id of this version.
    pub(super) id: String,
    /// Key people know.
    pub(super) key: String,
    pub(super) title: String,
    pub(super) language: String,
    pub(super) version: i64,
    /// `DRAFT`, `REVIEW`, `APPROVED`, `REJECTED`.
    pub(super) state: String,
    pub(super) locked_by: Option<String>,
    pub(super) modified_at: Millis,
    pub(super) comment: String,
}

/// Key, version in force, whether a newer draft exists, and the title per language.
type Row = (
    &'static str,
    i64,
    bool,
    &'static [(&'static str, &'static str)],
);

const ROWS: &[Row] = &[
    (
        "SDN-04",
        7,
        true,
        &[
            ("en", "Shipment discrepancy and debit"),
            ("de", "Lieferabweichung und Belastung"),
            ("fr", "Écart de livraison et débit"),
            ("es", "Diferencia de envío y cargo"),
            ("nl", "Leververschil en debitering"),
        ],
    ),
    (
        "SDN-02",
        3,
        false,
        &[
            ("en", "Shipment discrepancy"),
            ("de", "Lieferabweichung"),
            ("fr", "Écart de livraison"),
            ("es", "Diferencia de envío"),
            ("nl", "Leververschil"),
        ],
    ),
    (
        "RPL-01",
        5,
        false,
        &[
            ("en", "Request for proof of loading"),
            ("de", "Bitte um Ladenachweis"),
            ("fr", "Demande de preuve de chargement"),
        ],
    ),
    (
        "OCN-01",
        4,
        true,
        &[
            ("en", "Order change confirmed"),
            ("de", "Bestelländerung bestätigt"),
            ("fr", "Modification de commande confirmée"),
            ("nl", "Orderwijziging bevestigd"),
        ],
    ),
    (
        "INV-03",
        6,
        false,
        &[
            ("en", "Invoice query"),
            ("de", "Rückfrage zur Rechnung"),
            ("fr", "Question sur la facture"),
            ("es", "Consulta de factura"),
        ],
    ),
    (
        "CMP-02",
        2,
        false,
        &[
            ("en", "Compliance notice"),
            ("de", "Mitteilung zur Einhaltung"),
            ("fr", "Avis de conformité"),
            ("es", "Aviso de cumplimiento"),
            ("nl", "Kennisgeving naleving"),
        ],
    ),
    (
        "DSP-01",
        4,
        false,
        &[
            ("en", "Claim received"),
            ("de", "Reklamation eingegangen"),
            ("fr", "Réclamation reçue"),
            ("es", "Reclamación recibida"),
            ("nl", "Claim ontvangen"),
        ],
    ),
    (
        "SRV-01",
        9,
        false,
        &[
            ("en", "Service information"),
            ("de", "Serviceinformation"),
            ("fr", "Information de service"),
            ("es", "Información de servicio"),
            ("nl", "Service-informatie"),
        ],
    ),
    (
        "DLY-01",
        3,
        false,
        &[
            ("en", "Delay announced"),
            ("de", "Verzögerung angekündigt"),
            ("fr", "Retard annoncé"),
        ],
    ),
    (
        "CLM-01",
        2,
        false,
        &[
            ("en", "Claim decision"),
            ("de", "Entscheidung zur Reklamation"),
        ],
    ),
    (
        "EDI-01",
        2,
        false,
        &[
            ("en", "Electronic document rejected"),
            ("de", "Elektronisches Dokument abgelehnt"),
        ],
    ),
    (
        "ONB-01",
        1,
        false,
        &[("en", "Welcome to trading with us"), ("de", "Willkommen")],
    ),
    (
        "CRT-01",
        2,
        false,
        &[("en", "Certificate expires"), ("de", "Zertifikat läuft ab")],
    ),
    (
        "RCL-01",
        3,
        false,
        &[
            ("en", "Product recall"),
            ("de", "Produktrückruf"),
            ("fr", "Rappel de produit"),
            ("es", "Retirada de producto"),
            ("nl", "Terugroepactie"),
        ],
    ),
    (
        "STM-01",
        5,
        false,
        &[("en", "Statement of settlement"), ("de", "Abrechnung")],
    ),
    (
        "RSL-01",
        2,
        false,
        &[
            ("en", "Resolution"),
            ("de", "Ergebnis der Klärung"),
            ("fr", "Résolution"),
        ],
    ),
    (
        "INV-02",
        1,
        false,
        &[("en", "Corrected invoice"), ("de", "Berichtigte Rechnung")],
    ),
    (
        "COR-01",
        2,
        false,
        &[
            ("en", "Correction"),
            ("de", "Berichtigung"),
            ("fr", "Rectification"),
        ],
    ),
    (
        "POL-01",
        1,
        true,
        &[("en", "Policy update"), ("de", "Änderung der Richtlinie")],
    ),
];

/// Everything Design holds at the epoch.
pub(super) fn all(seed: u64, epoch: Millis) -> Vec<Template> {
    let mut out = Vec::new();
    let mut age = 20;
    for (key, version, draft, titles) in ROWS {
        for (language, title) in *titles {
            let mut add = |version: i64, state: &str, days: i64| {
                out.push(Template {
                    id: ids::uuid(seed, &format!("template/{key}/{language}/{version}")),
                    key: (*key).to_owned(),
                    title: (*title).to_owned(),
                    language: (*language).to_owned(),
                    version,
                    state: state.to_owned(),
                    locked_by: None,
                    modified_at: epoch.plus(-days * DAY - 5 * HOUR),
                    comment: String::new(),
                });
            };
            add(*version, "APPROVED", age);
            if *draft && *language == "en" {
                add(
                    *version + 1,
                    if *key == "OCN-01" { "REVIEW" } else { "DRAFT" },
                    2,
                );
            }
            age += 7;
        }
    }
    out
}

/// The version asked for in the language asked for, else in English. Key or id; version 0 is the newest approved one.
pub(super) fn find<'a>(
    all: &'a [Template],
    name: &str,
    version: i64,
    language: &str,
) -> Option<&'a Template> {
    if let Some(exact) = all.iter().find(|t| t.id == name) {
        return Some(exact);
    }
    let language = language.get(..2).unwrap_or("en").to_ascii_lowercase();
    let fits = |t: &&Template, language: &str| {
        t.key == name
            && t.language == language
            && if version > 0 {
                t.version == version
            } else {
                t.state == "APPROVED"
            }
    };
    let newest = |language: &str| {
        all.iter()
            .filter(|t| fits(t, language))
            .max_by_key(|t| t.version)
    };
    newest(&language).or_else(|| newest("en"))
}
