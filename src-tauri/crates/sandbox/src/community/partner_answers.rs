//! What people of a partner do in a space that is shared with them: each is an item whose author is the person, by the login
//! that Community knows them by.

use serde_json::{Value, json};

use super::inject::{attachment, member, space_item};
use crate::Ctx;

/// `partner_answer`: a `verdict`, `comment`, `data_set` or `opened` of a person in a shared space. A data set is a file on the
/// case, which the item names.
pub(super) fn inject(ctx: &Ctx, body: &Value) -> Result<Value, String> {
    let space_id = member(body, "space_id").ok_or("space_id is needed")?;
    let answer = member(body, "answer").ok_or("answer is needed")?;
    if !matches!(
        answer.as_str(),
        "verdict" | "comment" | "data_set" | "opened"
    ) {
        return Err(format!("a partner gives no answer '{answer}'"));
    }
    let (case_id, partner_id) = {
        let state = ctx.community();
        let space = state.spaces.iter().find(|s| s.id == space_id);
        let space = space.ok_or("no such space")?;
        (space.case_id.clone(), space.partner_id.clone())
    };
    let partner_id = partner_id.ok_or("the space is shared with nobody")?;
    let partner = ctx.scenario().partner(&partner_id);
    let first = partner.and_then(|p| p.contacts.first());
    let person = member(body, "person").or_else(|| first.map(|c| c.email.clone()));
    let person = person.ok_or("person is needed")?;
    let mut data = body.get("data").cloned().unwrap_or_else(|| json!({}));
    if answer == "data_set" {
        let file = attachment(
            ctx,
            &json!({
                "case_id": case_id, "author": person, "visibility": "partner", "media_type": "application/json",
                "name": member(body, "name").unwrap_or("changes.json".to_owned()),
                "text": member(body, "text").unwrap_or_default(),
            }),
        )?;
        if let Some(data) = data.as_object_mut() {
            data.insert(
                "attachment".to_owned(),
                file.get("id").cloned().unwrap_or_default(),
            );
        }
    }
    let item = json!({
        "space_id": space_id, "item_kind": answer, "author": person, "state": "done", "data": data,
        "title": member(body, "title").unwrap_or_default(),
    });
    space_item(ctx, &item)
}
