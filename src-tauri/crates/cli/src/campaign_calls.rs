//! `campaign`.

use std::{collections::BTreeMap, io::Read as _, path::PathBuf};

use base64::Engine as _;
use clap::{Args as Fields, Subcommand};
use desk::{
    Desk,
    view::{CampaignFile, CampaignInput, CampaignLaunch, GetCampaign, RemindInput, WaiveInput},
};
use domain::{Refusal, refusal::Code};
use serde_json::json;

use crate::{
    output::{Outcome, Problem},
    outreach_calls::pairs,
};

#[derive(Debug, Subcommand)]
pub(crate) enum CampaignCall {
    /// Ask partners to acknowledge a document, once; shows whom with `--dry-run`.
    New(Box<NewCampaign>),
    /// All of them, newest first.
    List {
        /// Only those of this case.
        #[arg(long)]
        case: Option<String>,
    },
    /// One of them, with a part of its recipients.
    Show {
        id: String,
        /// Only recipients of this state, or `must_repeat`, or `questions`.
        #[arg(long)]
        only: Option<String>,
        /// Most recipients.
        #[arg(long, default_value_t = 200)]
        limit: u32,
        /// First recipient.
        #[arg(long, default_value_t = 0)]
        offset: u32,
    },
    /// Let recipients off, with the reason.
    Waive {
        id: String,
        /// Recipient; several times for several.
        #[arg(long = "partner", value_name = "ID", required = true)]
        partners: Vec<String>,
        #[arg(long)]
        reason: String,
    },
    /// Remind recipients now, beside the plan: everybody who has not answered, or those named.
    Remind {
        id: String,
        #[arg(long = "partner", value_name = "ID")]
        partners: Vec<String>,
    },
    /// End it and file its evidence.
    Close { id: String },
    /// Write its evidence pack: a new folder, or one file where the name ends in `.tar`.
    Pack { id: String, out: PathBuf },
}

/// A document, whom to ask and until when.
#[derive(Debug, Clone, Fields)]
pub(crate) struct NewCampaign {
    /// Case.
    case: String,
    /// Finished letter of the case.
    #[arg(long, value_name = "NOTICE", conflicts_with = "file")]
    document: Option<String>,
    /// PDF file.
    #[arg(long, value_name = "PATH")]
    file: Option<PathBuf>,
    /// Partners with this fact; values of one fact are alternatives, several facts narrow each other.
    #[arg(long = "segment", value_name = "FACT=VALUE")]
    segment: Vec<String>,
    /// Partner beside the segment; several times for several.
    #[arg(long = "partner", value_name = "ID")]
    partners: Vec<String>,
    /// Leave a partner out.
    #[arg(long = "exclude", value_name = "PARTNER=REASON")]
    exclude: Vec<String>,
    /// Last day to acknowledge.
    #[arg(long, value_name = "YYYY-MM-DD")]
    due: String,
    /// Remind every so many days, in place of what the policy says; 0 for never.
    #[arg(long = "remind-every", value_name = "DAYS")]
    remind_every: Option<u32>,
    /// Remind a last time so many days before the due day; 0 for never.
    #[arg(long = "remind-before", value_name = "DAYS")]
    remind_before: Option<u32>,
    /// An acknowledgement counts only after a view.
    #[arg(long)]
    view_first: bool,
    /// An acknowledgement counts only with a signed confirmation.
    #[arg(long)]
    signed: bool,
    /// Campaign whose document this one takes the place of.
    #[arg(long, value_name = "CAMPAIGN")]
    supersedes: Option<String>,
    /// Only show whom it asks.
    #[arg(long, conflicts_with = "root")]
    dry_run: bool,
    /// With `--dry-run`: `recipients`, `blocking`, `excluded` or `must_repeat`.
    #[arg(long)]
    list: Option<String>,
    /// With `--dry-run`: most rows.
    #[arg(long, default_value_t = 100)]
    limit: u32,
    /// With `--dry-run`: first row.
    #[arg(long, default_value_t = 0)]
    offset: u32,
    /// Root that a dry run showed: nothing is launched when recipients or document have changed since.
    #[arg(long)]
    root: Option<String>,
}

/// Most that is read of a file: what is larger is no attachment either.
const LARGEST: u64 = 64 * 1024 * 1024;

fn file_of(path: &PathBuf) -> Result<CampaignFile, Problem> {
    let unusable = |e: &dyn std::fmt::Display| {
        Refusal::field("file", format!("{} cannot be read: {e}.", path.display()))
    };
    let file = std::fs::File::open(path).map_err(|e| unusable(&e.kind()))?;
    let mut bytes = Vec::new();
    let read = file.take(LARGEST + 1).read_to_end(&mut bytes);
    if read.map_err(|e| unusable(&e.kind()))? as u64 > LARGEST {
        return Err(unusable(&"it is too large").into());
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    Ok(CampaignFile {
        name: name.into_owned(),
        base64: base64::engine::general_purpose::STANDARD.encode(&bytes),
    })
}

pub(crate) fn segment_of(texts: &[String]) -> Result<BTreeMap<String, Vec<String>>, Problem> {
    let mut segment: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for text in texts {
        let Some((fact, value)) = text.split_once('=') else {
            let words = format!("'{text}' does not read FACT=VALUE.");
            return Err(Problem::Usage(words));
        };
        segment
            .entry(fact.trim().to_owned())
            .or_default()
            .push(value.trim().to_owned());
    }
    Ok(segment)
}

async fn new(desk: &Desk, args: NewCampaign) -> Result<Outcome, Problem> {
    let input = CampaignInput {
        segment: segment_of(&args.segment)?,
        exclude: pairs(&args.exclude, false)?,
        file: args.file.as_ref().map(file_of).transpose()?,
        case: args.case,
        document: args.document,
        partners: args.partners,
        due: args.due,
        remind_every_days: args.remind_every,
        remind_before_due_days: args.remind_before,
        view_first: args.view_first,
        signed: args.signed,
        supersedes: args.supersedes,
        list: args.list,
        offset: Some(args.offset),
        limit: Some(args.limit),
    };
    let shown = desk.campaign_plan_view(&input).await?;
    if args.dry_run {
        return Ok(json!(shown).into());
    }
    let launch = CampaignLaunch {
        input,
        intent: shown.intent,
        root: args.root.unwrap_or(shown.root),
    };
    Ok(json!(desk.launch_campaign(&launch).await?).into())
}

/// Launches campaigns, shows them, and does in them what a person does.
pub(crate) async fn campaign(desk: &Desk, call: CampaignCall) -> Result<Outcome, Problem> {
    let value = match call {
        CampaignCall::New(args) => return new(desk, *args).await,
        CampaignCall::List { case } => {
            let case = case.unwrap_or_default();
            let items = desk.list_campaigns(&case).await?;
            json!({"items": items, "total": items.len()})
        }
        CampaignCall::Show {
            id,
            only,
            limit,
            offset,
        } => {
            let args = GetCampaign {
                id,
                only,
                offset: Some(offset),
                limit: Some(limit),
            };
            json!(desk.campaign_view(&args).await?)
        }
        CampaignCall::Waive {
            id,
            partners,
            reason,
        } => {
            let args = WaiveInput {
                campaign: id,
                partners,
                reason,
            };
            json!({"waived": desk.waive_recipients(&args).await?})
        }
        CampaignCall::Remind { id, partners } => {
            let args = RemindInput {
                campaign: id,
                partners,
            };
            json!({"reminded": desk.remind_recipients(&args).await?})
        }
        CampaignCall::Close { id } => {
            desk.close_campaign(&id).await?;
            json!({"closed": id})
        }
        CampaignCall::Pack { id, out } => {
            if out.as_os_str().is_empty() {
                return Err(Refusal::new(Code::Input, "Name a place for the pack.").into());
            }
            let sealed_by = desk.export_campaign(&id, &out).await?;
            json!({"pack": out.display().to_string(), "sealed_by": sealed_by})
        }
    };
    Ok(value.into())
}
