//! One transaction of the grid, and what Lens shows of it at an instant.

use domain::Millis;
use serde_json::Value;

/// A document on its way through the grid. Its states lie on a line of time, so that what it is now follows from the
/// clock alone.
#[derive(Debug, Clone)]
pub(super) struct Transaction {
    pub(super) id: String,
    pub(super) correlation_id: String,
    pub(super) editype: String,
    /// `ISA`, `UNA`, `BIN`.
    pub(super) envelope: &'static str,
    pub(super) version: String,
    pub(super) sender: Party,
    pub(super) receiver: Party,
    pub(super) content_keys: Vec<(String, String)>,
    pub(super) category: &'static str,
    pub(super) amount: Option<String>,
    pub(super) error: Option<GridError>,
    /// Status codes with the time they came; the first is the arrival.
    pub(super) statuses: Vec<(Millis, String)>,
    /// Codes of the functional acknowledgement with the time they came.
    pub(super) acks: Vec<(Millis, String)>,
    pub(super) payload: Vec<u8>,
    pub(super) media_type: &'static str,
    /// AS2 Message-ID it came or went with.
    pub(super) message_id: String,
}

/// A side of a transaction.
#[derive(Debug, Clone, Default)]
pub(super) struct Party {
    pub(super) name: String,
    /// `qualifier:id`.
    pub(super) address: String,
}

/// What the grid found wrong.
#[derive(Debug, Clone)]
pub(super) struct GridError {
    pub(super) code: &'static str,
    pub(super) kind: &'static str,
    pub(super) message: String,
}

/// Every field Lens names; what this grid does not fill is null.
const FIELDS: &[&str] = &[
    "transactionid",
    "correlationid",
    "parenttransactionid",
    "sendertransactionid",
    "transactionlevel",
    "solutionid",
    "servicetype",
    "platform",
    "status",
    "statusdate",
    "clientstatus",
    "deliverystatus",
    "deliveryackstatus",
    "deliveryacktimestamp",
    "deliverycompletedtimestamp",
    "readyforpickuptimestamp",
    "fastatus",
    "fastatusdate",
    "receiveackstatus",
    "processingsubstatus",
    "editype",
    "type",
    "envelopetype",
    "standardversion",
    "informat",
    "outformat",
    "insize",
    "outsize",
    "inagent",
    "outagent",
    "category",
    "labels",
    "pototalamount",
    "invoicetotalamount",
    "sendername",
    "senderaddress",
    "sendermailbox",
    "senderip",
    "senderfilename",
    "senderreference",
    "receivername",
    "receiveraddress",
    "receivermailbox",
    "receiverip",
    "receivefilename",
    "deliveryfilename",
    "deliveryreceipt",
    "errorcode",
    "errortype",
    "externalerrormessage",
    "arrivaltime",
    "firstbytetimestamp",
    "lastbytetimestamp",
    "purgedate",
];

/// Days the grid keeps a document.
const KEPT_DAYS: i64 = 45;

impl Transaction {
    /// When it came to the grid.
    pub(super) fn arrived_at(&self) -> Millis {
        self.statuses
            .first()
            .map_or(Millis(i64::MAX), |(at, _)| *at)
    }

    /// Whether it exists yet, and still.
    pub(super) fn is_visible(&self, now: Millis) -> bool {
        let arrived = self.arrived_at();
        arrived <= now && now.since(arrived) <= KEPT_DAYS * domain::time::DAY
    }

    pub(super) fn status(&self, now: Millis) -> (Millis, &str) {
        at(&self.statuses, now).unwrap_or((self.arrived_at(), "P"))
    }

    pub(super) fn ack(&self, now: Millis) -> Option<(Millis, &str)> {
        at(&self.acks, now)
    }

    pub(super) fn content_key(&self, name: &str) -> Option<&str> {
        self.content_keys
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// Whether Lens has a field of this name.
    pub(super) fn has_field(name: &str) -> bool {
        FIELDS.contains(&name)
    }

    /// Value of a field that is a time and may stand in `ranges`.
    pub(super) fn time(&self, name: &str, now: Millis) -> Option<Millis> {
        let (status_at, status) = self.status(now);
        match name {
            "statusdate" => Some(status_at),
            "fastatusdate" => self.ack(now).map(|(at, _)| at),
            "arrivaltime" => Some(self.arrived_at()),
            "deliverycompletedtimestamp" => matches!(status, "S" | "C").then_some(status_at),
            "purgedate" => Some(self.arrived_at().plus(KEPT_DAYS * domain::time::DAY)),
            _ => None,
        }
    }

    /// Value of a field at an instant; `None` is null.
    pub(super) fn field(&self, name: &str, now: Millis) -> Option<String> {
        let (status_at, status) = self.status(now);
        let delivered = matches!(status, "S" | "C").then(|| stamp(status_at));
        Some(match name {
            "transactionid" => self.id.clone(),
            "correlationid" => self.correlation_id.clone(),
            "transactionlevel" => "Document".to_owned(),
            "servicetype" => "AS2".to_owned(),
            "platform" => "TGMS".to_owned(),
            "status" => status.to_owned(),
            "statusdate" => stamp(status_at),
            "deliverystatus" if status == "F" => "DeliveryFailed".to_owned(),
            "deliveryackstatus" if delivered.is_some() => "MDN".to_owned(),
            "deliveryacktimestamp" | "deliverycompletedtimestamp" => delivered?,
            "readyforpickuptimestamp" if status == "R" => stamp(status_at),
            "fastatus" => self.ack(now)?.1.to_owned(),
            "fastatusdate" => stamp(self.ack(now)?.0),
            "editype" | "type" => self.editype.clone(),
            "envelopetype" => self.envelope.to_owned(),
            "standardversion" => self.version.clone(),
            "informat" | "outformat" => if self.envelope == "ISA" {
                "X12"
            } else {
                "EDIFACT"
            }
            .to_owned(),
            "insize" | "outsize" => self.payload.len().to_string(),
            "category" => self.category.to_owned(),
            "pototalamount"
                if matches!(self.editype.as_str(), "850" | "ORDERS" | "860" | "ORDCHG") =>
            {
                self.amount.clone()?
            }
            "invoicetotalamount" if matches!(self.editype.as_str(), "810" | "INVOIC") => {
                self.amount.clone()?
            }
            "sendername" => self.sender.name.clone(),
            "senderaddress" | "sendermailbox" => self.sender.address.clone(),
            "senderreference" => self.message_id.clone(),
            "senderfilename" => format!("{}.edi", self.id),
            "receivername" => self.receiver.name.clone(),
            "receiveraddress" | "receivermailbox" => self.receiver.address.clone(),
            "errorcode" => self.shown_error(status)?.code.to_owned(),
            "errortype" => self.shown_error(status)?.kind.to_owned(),
            "externalerrormessage" => self.shown_error(status)?.message.clone(),
            "arrivaltime" | "firstbytetimestamp" | "lastbytetimestamp" => stamp(self.arrived_at()),
            "purgedate" => stamp(self.arrived_at().plus(KEPT_DAYS * domain::time::DAY)),
            _ => return None,
        })
    }

    /// An error is shown as long as the status is a bad one.
    fn shown_error(&self, status: &str) -> Option<&GridError> {
        self.error
            .as_ref()
            .filter(|_| matches!(status, "F" | "V" | "U" | "N" | "H"))
    }

    /// Content keys, all of them or those asked for, as Lens lists them.
    pub(super) fn listed_keys(&self, names: Option<&[Value]>) -> Vec<(&str, &str)> {
        self.content_keys
            .iter()
            .filter(|(key, _)| {
                names.is_none_or(|names| names.iter().any(|n| n.as_str() == Some(key.as_str())))
            })
            .map(|(key, value)| (key.as_str(), value.as_str()))
            .collect()
    }
}

fn at(line: &[(Millis, String)], now: Millis) -> Option<(Millis, &str)> {
    line.iter()
        .rev()
        .find(|(at, _)| *at <= now)
        .map(|(at, code)| (*at, code.as_str()))
}

/// ISO 8601 with `Z`, to the millisecond.
pub(super) fn stamp(at: Millis) -> String {
    at.rfc3339()
}
