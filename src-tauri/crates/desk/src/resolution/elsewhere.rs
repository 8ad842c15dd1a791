//! Resolutions of other desktops: what they told the partner of is closed here too.

use std::collections::BTreeSet;

use domain::{
    Refusal,
    finding::ExceptionState,
    release::MISMATCH,
    resolution::TellingState,
    review_log::{OUTCOME, REQUEST},
};

use super::PLAYBOOK;
use crate::{Desk, derive::text_of, problem::Refuse};

impl Desk {
    /// Closes the exceptions that a resolution has told the partner of, on whichever desktop it was written. What a person
    /// here did about one stays. `notices` and `comments` are what was pulled: the end of a resolution is either.
    pub(crate) async fn close_what_was_told(
        &self,
        notices: &[String],
        comments: &[String],
    ) -> Result<(), Refusal> {
        let cache = &self.inner.cache;
        let notices = cache.notices(notices).await.refuse()?;
        let comments = cache.comments(comments).await.refuse()?;
        let cases: BTreeSet<String> = notices
            .into_iter()
            .filter_map(|notice| notice.case_id)
            .chain(comments.into_iter().map(|comment| comment.case_id))
            .collect();
        let mut closed = false;
        for case in cases {
            let resolutions = cache.items_of_case(&case, PLAYBOOK).await.refuse()?;
            if resolutions.is_empty() {
                continue;
            }
            // The case was not pulled: what becomes of it comes with it.
            let Ok(known) = Box::pin(self.know(&case)).await else {
                continue;
            };
            let reviews = cache
                .items_of_case(&case, crate::review::PURPOSE)
                .await
                .refuse()?;
            for (told, state) in &known.tellings {
                // What was signed is compared with what was produced before anything is told to be over.
                let has = |kind: &str| {
                    let mut of = reviews.iter().filter(|i| i.item_kind == kind);
                    of.any(|i| text_of(&i.data, "notice") == told.notice)
                };
                let unproven = has(REQUEST) && (!has(OUTCOME) || has(MISMATCH));
                if *state != TellingState::Sent || unproven {
                    continue;
                }
                closed |= self.close_told(told, &known.case.object()).await?;
            }
        }
        if closed {
            self.refresh_overlay().await?;
        }
        Ok(())
    }

    /// Closes what a resolution names that nobody here decided otherwise about. True when it closed any.
    pub(super) async fn close_told(
        &self,
        told: &domain::resolution::Told,
        case: &domain::ObjectRef,
    ) -> Result<bool, Refusal> {
        let mut closed = false;
        for exception in &told.exceptions {
            // What a person waived, or opened again, stays as it is.
            let known = self.exception_state(exception).await?;
            if matches!(known, None | Some(ExceptionState::Verified)) {
                let to = ExceptionState::Closed;
                self.turn(exception, to, &told.notice, &case.to_string())
                    .await?;
                closed = true;
            }
        }
        Ok(closed)
    }
}
