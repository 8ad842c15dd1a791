//! The fixed words of a letter in the languages the templates are written in.

/// Fixed words of one language.
pub(super) struct Phrases {
    pub(super) greeting: &'static str,
    pub(super) next_steps: &'static str,
    pub(super) required_action: &'static str,
    pub(super) answer_by: &'static str,
    pub(super) amount: &'static str,
    pub(super) columns: [&'static str; 3],
    pub(super) reference: &'static str,
    pub(super) closing: &'static str,
    months: [&'static str; 12],
}

/// English for every language the company has no template in.
pub(super) fn of(language: &str) -> &'static Phrases {
    match language.get(..2).unwrap_or_default() {
        "de" => &GERMAN,
        "fr" => &FRENCH,
        "es" => &SPANISH,
        "nl" => &DUTCH,
        _ => &ENGLISH,
    }
}

impl Phrases {
    /// `2026-11-20` as people write it; other text stays.
    pub(super) fn date(&self, text: &str) -> String {
        match ymd(text) {
            Some((year, month, day)) => {
                let month = self
                    .months
                    .get(usize::from(month) - 1)
                    .copied()
                    .unwrap_or_default();
                format!("{day} {month} {year}")
            }
            None => text.to_owned(),
        }
    }
}

/// Year, month and day of an ISO date or instant.
pub(super) fn ymd(text: &str) -> Option<(u16, u8, u8)> {
    let mut parts = text.get(..10)?.split('-');
    let year: u16 = parts.next()?.parse().ok()?;
    let month: u8 = parts.next()?.parse().ok()?;
    let day: u8 = parts.next()?.parse().ok()?;
    ((1..=12).contains(&month) && (1..=31).contains(&day)).then_some((year, month, day))
}

static ENGLISH: Phrases = Phrases {
    greeting: "Dear",
    next_steps: "Next steps",
    required_action: "What we ask of you",
    answer_by: "Please answer by",
    amount: "Amount",
    columns: ["Line", "Item", "Finding"],
    reference: "Reference",
    closing: "Yours sincerely",
    months: [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
};

static GERMAN: Phrases = Phrases {
    greeting: "Guten Tag",
    next_steps: "Nächste Schritte",
    required_action: "Worum wir Sie bitten",
    answer_by: "Bitte antworten Sie bis",
    amount: "Betrag",
    columns: ["Pos.", "Artikel", "Befund"],
    reference: "Angaben",
    closing: "Mit freundlichen Grüßen",
    months: [
        "Januar",
        "Februar",
        "März",
        "April",
        "Mai",
        "Juni",
        "Juli",
        "August",
        "September",
        "Oktober",
        "November",
        "Dezember",
    ],
};

static FRENCH: Phrases = Phrases {
    greeting: "Bonjour",
    next_steps: "Prochaines étapes",
    required_action: "Ce que nous vous demandons",
    answer_by: "Merci de répondre avant le",
    amount: "Montant",
    columns: ["Ligne", "Article", "Constat"],
    reference: "Références",
    closing: "Cordialement",
    months: [
        "janvier",
        "février",
        "mars",
        "avril",
        "mai",
        "juin",
        "juillet",
        "août",
        "septembre",
        "octobre",
        "novembre",
        "décembre",
    ],
};

static SPANISH: Phrases = Phrases {
    greeting: "Estimado/a",
    next_steps: "Próximos pasos",
    required_action: "Lo que le pedimos",
    answer_by: "Responda antes del",
    amount: "Importe",
    columns: ["Línea", "Artículo", "Hallazgo"],
    reference: "Datos",
    closing: "Atentamente",
    months: [
        "enero",
        "febrero",
        "marzo",
        "abril",
        "mayo",
        "junio",
        "julio",
        "agosto",
        "septiembre",
        "octubre",
        "noviembre",
        "diciembre",
    ],
};

static DUTCH: Phrases = Phrases {
    greeting: "Beste",
    next_steps: "Volgende stappen",
    required_action: "Wat wij van u vragen",
    answer_by: "Graag uw antwoord voor",
    amount: "Bedrag",
    columns: ["Regel", "Artikel", "Bevinding"],
    reference: "Gegevens",
    closing: "Met vriendelijke groet",
    months: [
        "januari",
        "februari",
        "maart",
        "april",
        "mei",
        "juni",
        "juli",
        "augustus",
        "september",
        "oktober",
        "november",
        "december",
    ],
};
