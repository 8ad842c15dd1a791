//! Files of a case.

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    body::Bytes,
    extract::State as Shared,
    http::{HeaderMap, StatusCode},
};
use domain::{System, canonical::sha256_hex, visibility::Visibility};
use serde_json::json;

use super::{
    asked::Asked,
    contract::{At, actor, begin, finish, missing, unfit},
    model::Attachment,
    requests::{Text, is_of, unknown_media_type},
};
use crate::{
    Ctx,
    core::{
        effects::Effect,
        http::{Answer, Part, Query, bytes_answer, multipart, problem, put, with_header},
    },
};

/// Largest file.
const LARGEST: usize = 25 * 1024 * 1024;

/// 413 for a file that is too large.
pub(super) fn within_limit(file: &[u8]) -> Result<(), Answer> {
    if file.len() <= LARGEST {
        return Ok(());
    }
    Err(problem(
        StatusCode::PAYLOAD_TOO_LARGE,
        "E_TOO_LARGE",
        "The file is larger than 25 MiB.",
    ))
}

/// The parts of a multipart body, no others than `names`.
pub(super) async fn parts(
    headers: &HeaderMap,
    body: Bytes,
    names: &[&str],
) -> Result<BTreeMap<String, Part>, Answer> {
    const MULTIPART: &str = "multipart/form-data";
    if !is_of(headers, MULTIPART) {
        return Err(unknown_media_type(MULTIPART));
    }
    let Some(parts) = multipart(headers, body).await else {
        return Err(problem(
            StatusCode::BAD_REQUEST,
            "E_MULTIPART",
            "The body is not multipart.",
        ));
    };
    match parts.keys().find(|name| !names.contains(&name.as_str())) {
        Some(other) => Err(unfit(&format!("there is no part '{other}'"))),
        None => Ok(parts),
    }
}

pub(super) async fn list(
    Shared(ctx): Shared<Arc<Ctx>>,
    At(id): At<String>,
    query: Query,
) -> Result<Answer, Answer> {
    let asked = Asked::of(query, &["key", "cursor", "limit"])?;
    let state = ctx.community();
    if !state.cases.contains_key(&id) {
        return Err(missing("case"));
    }
    // A file that was folded keeps its first key, so the key is asked for what it came to.
    let of_key = asked.text("key").map(|key| {
        let made = state.keys.get(key).filter(|m| m.kind == "attachment");
        made.map(|m| m.id.as_str())
    });
    let found = state.attachments.iter();
    let found = found.filter(|a| a.case_id == id && of_key.is_none_or(|key| key == Some(&a.id)));
    asked.page(found.map(|a| json!(a)))
}

struct Upload {
    name: String,
    media_type: String,
    visibility: Visibility,
    bytes: Bytes,
}

impl Upload {
    fn of(mut parts: BTreeMap<String, Part>) -> Result<Self, Answer> {
        let mut text = |name: &str| {
            let part = parts.remove(name);
            part.map(|p| String::from_utf8(p.bytes.to_vec()))
                .transpose()
                .map_err(|_| unfit(&format!("{name} is no text")))
        };
        let (name, visibility) = (text("name")?, text("visibility")?);
        let file = parts
            .remove("file")
            .ok_or_else(|| unfit("the part 'file' is missing"))?;
        let name = name.or(file.file_name).unwrap_or("file".to_owned());
        let name: Text<1, 255> = name.try_into().map_err(|e| unfit(&format!("name: {e}")))?;
        let visibility = visibility.unwrap_or_default();
        Ok(Self {
            name: name.into(),
            media_type: file
                .media_type
                .unwrap_or("application/octet-stream".to_owned()),
            visibility: visibility
                .parse()
                .map_err(|_| unfit("visibility must be partner or internal"))?,
            bytes: file.bytes,
        })
    }
}

pub(super) async fn add(
    Shared(ctx): Shared<Arc<Ctx>>,
    At(id): At<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Answer, Answer> {
    let parts = parts(&headers, body, &["name", "visibility", "file"]).await?;
    let upload = Upload::of(parts)?;
    let mut state = ctx.community();
    let sha256 = sha256_hex(&upload.bytes);
    // The boundary differs each time, so the parts are the request, not the bytes between them.
    let content = format!(
        "{}\n{}\n{}\n{sha256}",
        upload.name, upload.media_type, upload.visibility
    );
    let place = format!("POST /cases/{id}/attachments");
    let actor = actor(&ctx, &headers)?;
    let begun = begin(&state, &headers, &place, content.as_bytes())?;
    if !state.cases.contains_key(&id) {
        return Err(missing("case"));
    }
    within_limit(&upload.bytes)?;
    let visibility = upload.visibility.as_str();
    let same = state
        .attachments
        .iter()
        .find(|a| a.case_id == id && a.sha256 == sha256 && a.visibility == visibility);
    if let Some(same) = same {
        let (same_id, mut shown) = (same.id.clone(), json!(same));
        put(&mut shown, "folded", json!(true));
        let place = (None, Some(format!("/attachments/{same_id}/content")));
        return Ok(finish(
            &mut state,
            begun,
            "attachment",
            &same_id,
            StatusCode::OK,
            shown,
            place,
        ));
    }
    let attachment = Attachment {
        id: state.next_id("at"),
        case_id: id.clone(),
        name: upload.name,
        media_type: upload.media_type,
        size: upload.bytes.len(),
        sha256: sha256.clone(),
        visibility: visibility.to_owned(),
        author: actor.name,
        created_at: ctx.now(),
        key: Some(begun.key.clone()),
    };
    let (attachment_id, shown) = (attachment.id.clone(), json!(attachment));
    state.attachments.push(attachment);
    state.blobs.insert(sha256.clone(), upload.bytes);
    state.event(
        "attachment.created",
        &format!("case/{id}"),
        ctx.now(),
        shown.clone(),
    );
    ctx.effect(Effect {
        system: System::Community,
        kind: "add_attachment".to_owned(),
        key: Some(begun.key.clone()),
        reference: Some(attachment_id.clone()),
        subject: format!("case/{id}"),
        payload_sha256: Some(sha256),
    });
    let place = (None, Some(format!("/attachments/{attachment_id}/content")));
    Ok(finish(
        &mut state,
        begun,
        "attachment",
        &attachment_id,
        StatusCode::CREATED,
        shown,
        place,
    ))
}

pub(super) async fn content(
    Shared(ctx): Shared<Arc<Ctx>>,
    At(id): At<String>,
) -> Result<Answer, Answer> {
    let state = ctx.community();
    let attachment = state.attachments.iter().find(|a| a.id == id);
    let of_case = attachment.map(|a| (a.sha256.as_str(), a.media_type.as_str(), a.name.as_str()));
    // A file that came inside an answer is read by its id like any other.
    let in_answer = || {
        let file = state.signed_files.get(&id)?;
        let text = |name: &str| file[name].as_str();
        Some((text("sha256")?, text("media_type")?, text("name")?))
    };
    let (sha256, media_type, name) = of_case
        .or_else(in_answer)
        .ok_or_else(|| missing("attachment"))?;
    let bytes = state.blobs.get(sha256);
    let bytes = bytes.ok_or_else(|| missing("attachment"))?;
    let answer = bytes_answer(StatusCode::OK, media_type, bytes.clone());
    Ok(with_header(
        answer,
        "content-disposition",
        &disposition(name),
    ))
}

/// A name in plain ASCII for old readers and whole for the others (RFC 6266).
fn disposition(name: &str) -> String {
    let plain = |c: char| c.is_ascii_graphic() && !matches!(c, '"' | '\\' | ';' | '%');
    let ascii: String = name
        .chars()
        .map(|c| if plain(c) || c == ' ' { c } else { '_' })
        .collect();
    let mut whole = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            whole.push(char::from(byte));
        } else {
            whole.push_str(&format!("%{byte:02X}"));
        }
    }
    format!("attachment; filename=\"{ascii}\"; filename*=UTF-8''{whole}")
}

#[cfg(test)]
mod tests {
    use super::disposition;

    #[test]
    fn a_file_name_cannot_leave_its_header_and_arrives_whole() {
        let told = disposition("Größe\r\n\"7\".pdf");
        assert_eq!(
            told,
            "attachment; filename=\"Gr__e___7_.pdf\"; filename*=UTF-8''Gr%C3%B6%C3%9Fe%0D%0A%227%22.pdf"
        );
    }
}
