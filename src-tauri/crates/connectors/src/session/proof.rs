//! Signing in: one caller does it, the others wait; a refused sign-in is tried again by itself ever more rarely.

use std::sync::PoisonError;

use domain::{Millis, time::MINUTE};

use crate::{
    http::{Answer, Ask},
    session::{Session, WireError, usable},
    sign_in::{Progress, Proof},
};

/// How long a refused sign-in is not tried again by itself, after so many refusals in a row. Accounts are locked by some
/// five wrong passwords within half an hour: these are four.
const fn pause_after(refusals: u32) -> i64 {
    match refusals {
        0 | 1 => MINUTE,
        2 => 5 * MINUTE,
        3 => 15 * MINUTE,
        _ => 30 * MINUTE,
    }
}

/// A refused sign-in.
#[derive(Debug, Clone)]
pub(super) struct Refused {
    at: Millis,
    words: String,
    /// Refusals in a row, this one included.
    times: u32,
}

impl Refused {
    /// Whether it is too early to try again.
    fn stands(&self, now: Millis) -> bool {
        now >= self.at && now.since(self.at) < pause_after(self.times)
    }
}

impl Session {
    /// A proof that holds; `stale` is one the other side just refused. One caller signs in, the others wait for it.
    pub(super) async fn proof(&self, stale: Option<&Proof>) -> Result<Proof, WireError> {
        let mut held = self.proof.lock().await;
        let now = self.now();
        if let Some(words) = self.still_refused(now) {
            return Err(WireError::SignIn(words));
        }
        if let Some(proof) = held.as_ref().filter(|p| p.holds(now))
            && stale.is_none_or(|s| s.value != proof.value)
        {
            return Ok(proof.clone());
        }
        if let Some(proof) = self.sign_in.at_hand(&self.secrets) {
            return Ok(held.insert(proof).clone());
        }
        let Some(mut ask) = self.sign_in.ask(&self.secrets) else {
            return Err(WireError::SignIn(
                "this connection names no address to sign in at".to_owned(),
            ));
        };
        if let Some(why) = self
            .sign_in
            .addresses()
            .iter()
            .find_map(|a| usable(a).err())
        {
            return Err(WireError::SignIn(format!("the sign-in address: {why}")));
        }
        *held = None;
        let mut shown = false;
        loop {
            let answer = self.ask_sign_in(&ask).await?;
            match self.sign_in.progress(&answer, shown) {
                Ok(Progress::Show(next)) => {
                    ask = next;
                    shown = true;
                }
                // Whether it is taken is shown by the first call that carries it.
                Ok(Progress::Done(proof)) => return Ok(held.insert(proof).clone()),
                Err(words) => {
                    self.remember_refusal(&words);
                    return Err(WireError::SignIn(words));
                }
            }
        }
    }

    /// One request of a sign-in; an answer that says "not now" is none.
    async fn ask_sign_in(&self, ask: &Ask) -> Result<Answer, WireError> {
        let answer = match self.once(ask, None, 1).await {
            // A sign-in has no effect: whatever broke it, nothing of the call itself was sent.
            Err(WireError::Lost(words) | WireError::TooLarge(words)) => {
                return Err(WireError::NotSent(format!("sign-in: {words}")));
            }
            other => other?,
        };
        if matches!(answer.status, 429 | 500..=599) {
            let until = answer.retry_at().unwrap_or(self.now().plus(5_000));
            return Err(WireError::Paused(
                until,
                format!("sign-in: {}", answer.words()),
            ));
        }
        Ok(answer)
    }

    /// The words of a refusal that is too young to try again.
    fn still_refused(&self, now: Millis) -> Option<String> {
        let refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        let refused = refused.as_ref().filter(|refused| refused.stands(now))?;
        Some(refused.words.clone())
    }

    /// One refusal is one, however many calls were under way with the same proof.
    pub(super) fn remember_refusal(&self, words: &str) {
        let (now, mut refused) = (
            self.now(),
            self.refused.lock().unwrap_or_else(PoisonError::into_inner),
        );
        if refused.as_ref().is_some_and(|before| before.stands(now)) {
            return;
        }
        *refused = Some(Refused {
            at: now,
            words: words.to_owned(),
            times: refused
                .as_ref()
                .map_or(0, |before| before.times)
                .saturating_add(1),
        });
    }

    /// A call went through: whatever was refused before is over.
    pub(super) fn forget_refusal(&self) {
        *self.refused.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Whether a proof is held.
    pub(super) async fn is_signed_in(&self) -> bool {
        self.proof.lock().await.is_some()
    }

    /// Forgets a refused sign-in, so that the next call tries again: somebody asked to.
    pub async fn sign_in_again(&self) {
        self.forget_refusal();
        *self.proof.lock().await = None;
    }
}
