//! An evidence pack: everything that shows what was approved, by whom, and that it is what left, as a handful of files that
//! anybody can verify without account, key or data folder. What names the files and their hashes is sealed, so that one
//! changed byte anywhere is found and named.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    Millis, PersonId, campaign,
    canonical::{self, NotCanonical, sha256_hex},
    delegation::Delegation,
    letter,
    review::{self, ReviewRequest, ReviewState, Signature},
    seal::{Seal, SealingKey},
};

/// What a manifest says it is.
const FORMAT: &str = "partner-console-evidence/1";
/// Names the files and their hashes; canonical JSON.
pub const MANIFEST: &str = "manifest.json";
/// Its seal.
pub const MANIFEST_SEAL: &str = "manifest.seal.json";
/// The approved bytes, untouched.
pub const LETTER: &str = "letter.pdf";
/// What was asked for: template, driver data, recipients, hashes; canonical JSON.
pub const REQUEST: &str = "request.json";
/// Who signed; canonical JSON.
pub const APPROVAL: &str = "approval.json";
/// The same for people.
pub const PAGE: &str = "evidence.txt";
/// The audit records of the case, as `audit export` writes them.
pub const AUDIT: &str = "audit.jsonl";

/// What a pack is about, and its files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Format and version.
    pub format: String,
    /// Review, as `review:community:ID`; of a campaign `campaign:community:ID`.
    pub review: String,
    /// Number of the letter or of the campaign.
    pub notice: String,
    /// When the pack was made, RFC 3339 in UTC.
    pub made_at: String,
    /// Who made it.
    pub made_by: PersonId,
    /// Every file but this one and its seal.
    pub files: Vec<Listed>,
}

/// One file of a pack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Listed {
    /// Name, without a folder.
    pub name: String,
    /// SHA-256 of its bytes.
    pub sha256: String,
    /// Length in bytes.
    pub size: u64,
}

/// Who signed, and what was asked of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Approval {
    /// Id of the review space: signatures are sealed for it.
    pub space_id: String,
    /// The request, with the quorum that was needed.
    pub request: ReviewRequest,
    /// Signatures over the hash of the request, as they count.
    pub signatures: Vec<Signature>,
    /// Delegations by which some of them were given for others.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub delegations: Vec<Delegation>,
}

/// The files of a pack with their bytes, the sealed manifest last.
///
/// # Errors
/// [`NotCanonical`] when something of it has no canonical form.
pub fn pack(
    about: (&str, &str),
    made: (Millis, &PersonId),
    files: Vec<(String, Vec<u8>)>,
    key: &SealingKey,
) -> Result<Vec<(String, Vec<u8>)>, NotCanonical> {
    sealed(FORMAT, about, made, files, key)
}

/// The same for the pack of a campaign; see [`campaign::pack`](crate::campaign::pack) for what it holds.
///
/// # Errors
/// [`NotCanonical`] when something of it has no canonical form.
pub fn pack_campaign(
    about: (&str, &str),
    made: (Millis, &PersonId),
    files: Vec<(String, Vec<u8>)>,
    key: &SealingKey,
) -> Result<Vec<(String, Vec<u8>)>, NotCanonical> {
    sealed(campaign::pack::FORMAT, about, made, files, key)
}

fn sealed(
    format: &str,
    about: (&str, &str),
    made: (Millis, &PersonId),
    mut files: Vec<(String, Vec<u8>)>,
    key: &SealingKey,
) -> Result<Vec<(String, Vec<u8>)>, NotCanonical> {
    let listed = files.iter().map(|(name, bytes)| Listed {
        name: name.clone(),
        sha256: sha256_hex(bytes),
        size: bytes.len() as u64,
    });
    let manifest = canonical::to_bytes(&Manifest {
        format: format.to_owned(),
        review: about.0.to_owned(),
        notice: about.1.to_owned(),
        made_at: made.0.rfc3339(),
        made_by: made.1.clone(),
        files: listed.collect(),
    })?;
    let seal = canonical::to_bytes(&key.seal(&manifest))?;
    files.push((MANIFEST.to_owned(), manifest));
    files.push((MANIFEST_SEAL.to_owned(), seal));
    Ok(files)
}

/// What does not hold, and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Flaw {
    /// File.
    pub file: String,
    /// What, in words.
    pub what: String,
}

/// What a pack proves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// Whether everything holds together. Who sealed it is for people to compare.
    pub ok: bool,
    /// What does not.
    pub flaws: Vec<Flaw>,
    /// Review, letter and maker of the pack, as its manifest says.
    pub about: Option<Manifest>,
    /// Name of the key the pack was sealed with: to be compared with what its maker tells.
    pub sealed_by: String,
    /// Who approved, with the name of the key each signature was sealed with; empty where it carries none.
    pub approved_by: Vec<(PersonId, String)>,
    /// Who of them signed for whom.
    pub on_behalf: Vec<(PersonId, PersonId)>,
}

/// Verifies a pack from its files. The chain of the audit file is verified by whoever reads it.
#[must_use]
pub fn verify(files: &[(String, Vec<u8>)]) -> Verdict {
    let mut verdict = Verdict {
        ok: false,
        flaws: Vec::new(),
        about: None,
        sealed_by: String::new(),
        approved_by: Vec::new(),
        on_behalf: Vec::new(),
    };
    check(files, &mut verdict);
    verdict.ok = verdict.flaws.is_empty();
    verdict
}

impl Verdict {
    /// Adds what another look found.
    pub fn found(&mut self, file: &str, what: impl Into<String>) {
        self.flaws.push(Flaw {
            file: file.to_owned(),
            what: what.into(),
        });
        self.ok = false;
    }
}

fn check(files: &[(String, Vec<u8>)], verdict: &mut Verdict) {
    let find = |name: &str| files.iter().find(|(n, _)| n == name).map(|(_, b)| b);
    let (Some(text), Some(seal)) = (find(MANIFEST), find(MANIFEST_SEAL)) else {
        return verdict.found(MANIFEST, "the manifest or its seal is missing");
    };
    match serde_json::from_slice::<Seal>(seal) {
        Ok(seal) => {
            verdict.sealed_by = seal.fingerprint();
            if !seal.holds(text) {
                verdict.found(MANIFEST, "the seal does not hold over it");
            }
        }
        Err(_) => verdict.found(MANIFEST_SEAL, "this is no seal"),
    }
    let Ok(manifest) = serde_json::from_slice::<Manifest>(text) else {
        return verdict.found(MANIFEST, "this is no manifest");
    };
    let needed: &[&str] = match manifest.format.as_str() {
        FORMAT => &[LETTER, REQUEST, APPROVAL, PAGE, AUDIT],
        campaign::pack::FORMAT => &campaign::pack::FILES,
        _ => return verdict.found(MANIFEST, "this is another format"),
    };
    let mut known = BTreeSet::from([MANIFEST, MANIFEST_SEAL]);
    for listed in &manifest.files {
        known.insert(&listed.name);
        match find(&listed.name) {
            None => verdict.found(&listed.name, "it is missing"),
            Some(bytes) if sha256_hex(bytes) != listed.sha256 => {
                verdict.found(&listed.name, "its bytes are not those that were sealed");
            }
            Some(_) => {}
        }
    }
    for (name, _) in files.iter().filter(|(name, _)| !known.contains(&**name)) {
        verdict.found(name, "it was not part of the pack");
    }
    for name in needed {
        if !manifest.files.iter().any(|listed| listed.name == *name) {
            verdict.found(name, "the manifest does not name it");
        }
    }
    if manifest.format == campaign::pack::FORMAT {
        campaign::pack::check(files, &manifest, verdict);
    } else if let (Some(letter), Some(request), Some(approval)) =
        (find(LETTER), find(REQUEST), find(APPROVAL))
    {
        let about = (&manifest, find(PAGE), find(AUDIT));
        check_approval(letter, request, approval, about, verdict);
    }
    verdict.about = Some(manifest);
}

/// Whether the letter, what was asked and what was signed are of one another.
fn check_approval(
    letter: &[u8],
    request: &[u8],
    approval: &[u8],
    (manifest, page, audit): (&Manifest, Option<&Vec<u8>>, Option<&Vec<u8>>),
    verdict: &mut Verdict,
) {
    let Ok(asked) = serde_json::from_slice::<Map<String, Value>>(request) else {
        return verdict.found(REQUEST, "it does not read");
    };
    let Ok(approval) = serde_json::from_slice::<Approval>(approval) else {
        return verdict.found(APPROVAL, "it does not read");
    };
    let text = |name: &str| asked.get(name).and_then(Value::as_str).unwrap_or_default();
    let rendered = sha256_hex(letter);
    if text("rendered_sha256") != rendered {
        verdict.found(LETTER, "these are not the bytes that were under review");
    }
    let version = asked.get("template_version").and_then(Value::as_i64);
    let data = asked.get("letter").unwrap_or(&Value::Null);
    let hash = letter::hash_of_render(
        text("template"),
        version.unwrap_or_default(),
        data,
        &rendered,
    );
    if hash.ok().as_deref() != Some(approval.request.hash.as_str()) {
        verdict.found(
            REQUEST,
            "letter, data, template and recipients do not give the hash that was signed",
        );
    }
    let asked_for = &approval.request;
    let same = text("hash") == asked_for.hash
        && text("maker") == asked_for.maker.as_str()
        && asked.get("needed").and_then(Value::as_u64) <= Some(asked_for.needed.into());
    if !same {
        verdict.found(APPROVAL, "this is not what was asked for");
    }
    if manifest.review != format!("review:community:{}", approval.space_id)
        || manifest.notice != text("notice")
    {
        verdict.found(MANIFEST, "it names another letter");
    }
    let says = |bytes: Option<&Vec<u8>>, wanted: &str| {
        bytes.is_some_and(|bytes| String::from_utf8_lossy(bytes).contains(wanted))
    };
    if !says(page, &asked_for.hash) || !says(page, &rendered) {
        verdict.found(PAGE, "it is of another letter");
    }
    let first = audit.and_then(|bytes| bytes.split(|b| *b == b'\n').next());
    let first: Option<Value> = first.and_then(|line| serde_json::from_slice(line).ok());
    let case = format!("case:community:{}", text("case"));
    if first.as_ref().and_then(|first| first.get("case")?.as_str()) != Some(case.as_str()) {
        verdict.found(AUDIT, "it is of another case");
    }
    for signature in &approval.signatures {
        let counts = signature.verdict == review::Verdict::Approve
            && signature.hash == asked_for.hash
            && signature.person != asked_for.maker
            && asked_for.expires_at.is_none_or(|end| signature.at < end);
        if !counts {
            let what = format!("the signature of {} does not count", signature.person);
            verdict.found(APPROVAL, what);
            continue;
        }
        if let Some(of) = &signature.on_behalf_of {
            let by = approval.delegations.iter().find(|d| d.id == of.delegation);
            let may = by.is_some_and(|d| d.lets(&signature.person, &of.person, signature.at));
            if !may || of.person == asked_for.maker || !says(page, of.person.as_str()) {
                let what = format!("{} did not sign for {}", signature.person, of.person);
                verdict.found(APPROVAL, what);
                continue;
            }
            let both = (signature.person.clone(), of.person.clone());
            verdict.on_behalf.push(both);
        }
        let Some(seal) = &signature.seal else {
            verdict
                .approved_by
                .push((signature.person.clone(), String::new()));
            continue;
        };
        let holds = signature
            .sealed_bytes(&approval.space_id)
            .is_ok_and(|bytes| seal.holds(&bytes));
        if holds {
            let signed = (signature.person.clone(), seal.fingerprint());
            verdict.approved_by.push(signed);
        } else {
            let what = format!("the signature of {} does not hold", signature.person);
            verdict.found(APPROVAL, what);
        }
    }
    let (request, signatures) = (&approval.request, &approval.signatures);
    // As of the last signature: a pack is looked at years later.
    let last = signatures.iter().map(|s| s.at).max().unwrap_or(Millis(0));
    if review::state(request, signatures, &request.hash, last) != ReviewState::Approved {
        verdict.found(APPROVAL, "the signatures are no quorum over this hash");
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use zeroize::Zeroizing;

    use super::*;
    use crate::review::Verdict as Says;

    fn key() -> SealingKey {
        SealingKey::of(&Zeroizing::new([7; 32]))
    }

    fn files() -> Vec<(String, Vec<u8>)> {
        let letter = b"%PDF-1.7 twelve are short".to_vec();
        let data = json!({"issue": "Twelve are short", "recipients": ["1 Quay"]});
        let rendered = sha256_hex(&letter);
        let hash = letter::hash_of_render("SDN-04", 3, &data, &rendered).unwrap();
        let asked = json!({"template": "SDN-04", "template_version": 3, "rendered_sha256": rendered, "letter": data,
            "hash": hash, "maker": "lena", "needed": 2, "notice": "N-1", "case": "7"});
        let page = format!("Evidence of approval of {hash}, bytes {rendered}");
        let signatures = ["tomas", "priya"].map(|person| {
            let mut signature = Signature {
                person: person.into(),
                printed_name: person.to_owned(),
                verdict: Says::Approve,
                hash: hash.clone(),
                meaning: "Approved".to_owned(),
                at: Millis(1_795_000_000_000),
                reached_at: None,
                zone: "UTC".to_owned(),
                roles: Vec::new(),
                on_behalf_of: None,
                seal: None,
                partner: None,
            };
            signature.seal = Some(key().seal(&signature.sealed_bytes("sp-1").unwrap()));
            signature
        });
        let approval = Approval {
            space_id: "sp-1".to_owned(),
            request: ReviewRequest {
                maker: "lena".into(),
                hash,
                needed: 2,
                expires_at: None,
                due_at: None,
                deputies: None,
                rule: None,
                partner: None,
            },
            signatures: signatures.to_vec(),
            delegations: Vec::new(),
        };
        vec![
            (LETTER.to_owned(), letter),
            (REQUEST.to_owned(), canonical::to_bytes(&asked).unwrap()),
            (APPROVAL.to_owned(), canonical::to_bytes(&approval).unwrap()),
            (PAGE.to_owned(), page.into_bytes()),
            (
                AUDIT.to_owned(),
                b"{\"case\":\"case:community:7\"}\n{}".to_vec(),
            ),
        ]
    }

    fn packed(files: Vec<(String, Vec<u8>)>) -> Vec<(String, Vec<u8>)> {
        let made = (Millis(1_795_000_100_000), &PersonId::from("lena"));
        pack(("review:community:sp-1", "N-1"), made, files, &key()).unwrap()
    }

    #[test]
    fn a_pack_verifies_and_one_flipped_byte_in_any_file_is_named() {
        let whole = packed(files());
        let verdict = verify(&whole);
        assert!(verdict.ok, "{verdict:?}");
        assert_eq!(verdict.sealed_by, key().fingerprint());
        assert_eq!(verdict.approved_by.len(), 2);
        for at in 0..whole.len() {
            let length = whole[at].1.len();
            for place in [0, length / 2, length - 1] {
                let mut changed = whole.clone();
                changed[at].1[place] ^= 1;
                let verdict = verify(&changed);
                let name = &changed[at].0;
                // The seal speaks of the manifest: which of the two was changed cannot be told.
                let named = |flaw: &Flaw| {
                    flaw.file == *name || (name == MANIFEST_SEAL && flaw.file == MANIFEST)
                };
                assert!(
                    !verdict.ok && verdict.flaws.iter().any(named),
                    "{name} at {place}: {verdict:?}"
                );
            }
        }
    }

    #[test]
    fn a_file_that_is_missing_or_added_is_named() {
        let whole = packed(files());
        for at in 0..whole.len() {
            let mut less = whole.clone();
            less.remove(at);
            assert!(!verify(&less).ok, "{}", whole[at].0);
        }
        let mut more = whole;
        more.push(("note.txt".to_owned(), Vec::new()));
        assert_eq!(verify(&more).flaws[0].file, "note.txt");
    }

    #[test]
    fn a_pack_sealed_anew_around_another_letter_or_a_moved_signature_does_not_verify() {
        let mut other = files();
        other[0].1.push(b'!');
        assert_eq!(verify(&packed(other)).flaws[0].file, LETTER);

        let mut moved = files();
        let mut approval: Approval = serde_json::from_slice(&moved[2].1).unwrap();
        approval.space_id = "sp-2".to_owned();
        moved[2].1 = canonical::to_bytes(&approval).unwrap();
        assert!(
            verify(&packed(moved))
                .flaws
                .iter()
                .any(|f| f.what.contains("tomas"))
        );

        let mut fewer = files();
        let mut approval: Approval = serde_json::from_slice(&fewer[2].1).unwrap();
        approval.signatures.pop();
        fewer[2].1 = canonical::to_bytes(&approval).unwrap();
        assert!(verify(&packed(fewer)).flaws[0].what.contains("no quorum"));
    }

    /// A pack sealed anew around something that was changed.
    fn resealed(name: &str, change: impl FnOnce(&mut Value)) -> Verdict {
        let mut files = files();
        let file = files.iter_mut().find(|(n, _)| n == name).unwrap();
        let mut value: Value = serde_json::from_slice(&file.1).unwrap();
        change(&mut value);
        file.1 = canonical::to_bytes(&value).unwrap();
        verify(&packed(files))
    }

    #[test]
    fn files_of_different_letters_make_no_pack_whoever_seals_them() {
        for (name, member, other) in [
            (REQUEST, "/maker", "priya"),
            (REQUEST, "/notice", "N-2"),
            (REQUEST, "/case", "8"),
            (REQUEST, "/hash", "aa"),
            (APPROVAL, "/request/maker", "tomas"),
            (APPROVAL, "/signatures/0/verdict", "reject"),
            (APPROVAL, "/signatures/0/person", "lena"),
            (APPROVAL, "/signatures/0/printed_name", "Somebody else"),
        ] {
            let verdict = resealed(name, |value| {
                *value.pointer_mut(member).unwrap() = json!(other)
            });
            assert!(!verdict.ok, "{name} {member}");
        }
        assert!(resealed(APPROVAL, |_| {}).ok);
        for name in [PAGE, AUDIT] {
            let mut files = files();
            let file = files.iter_mut().find(|(n, _)| n == name).unwrap();
            file.1 = b"{\"case\":\"case:community:8\"}".to_vec();
            assert_eq!(verify(&packed(files)).flaws[0].file, name);
        }
        // One more approver than signed.
        let verdict = resealed(APPROVAL, |value| {
            let mut more = value["signatures"][0].clone();
            more["person"] = json!("jonas");
            value["signatures"].as_array_mut().unwrap().push(more);
        });
        assert!(!verdict.ok);
    }
}
