//! Signing in: one caller does it, the others wait; a refused sign-in is not tried again by itself for a while.

use std::sync::PoisonError;

use domain::time::MINUTE;

use crate::{
    http::{Answer, Ask},
    session::{Session, WireError},
    sign_in::{Progress, Proof},
};

/// How long a refused sign-in is not tried again by itself, so that no account is locked by trying.
const REFUSED_PAUSE: i64 = MINUTE;

impl Session {
    /// A proof that holds; `stale` is one the other side just refused. One caller signs in, the others wait for it.
    pub(super) async fn proof(&self, stale: Option<&Proof>) -> Result<Proof, WireError> {
        let mut held = self.proof.lock().await;
        let now = self.now();
        if let Some(proof) = held.as_ref().filter(|p| p.holds(now))
            && stale.is_none_or(|s| s.value != proof.value)
        {
            return Ok(proof.clone());
        }
        let refused = self
            .refused
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        if let Some((at, words)) = refused
            && now.since(at) < REFUSED_PAUSE
            && now >= at
        {
            return Err(WireError::SignIn(words));
        }
        if let Some(proof) = self.sign_in.at_hand(&self.secrets) {
            return Ok(held.insert(proof).clone());
        }
        let Some(mut ask) = self.sign_in.ask(&self.secrets) else {
            return Err(WireError::SignIn(
                "this connection names no address to sign in at".to_owned(),
            ));
        };
        *held = None;
        let mut shown = false;
        loop {
            let answer = self.ask_sign_in(&ask).await?;
            match self.sign_in.progress(&answer, shown) {
                Ok(Progress::Show(next)) => {
                    ask = next;
                    shown = true;
                }
                Ok(Progress::Done(proof)) => {
                    *self.refused.lock().unwrap_or_else(PoisonError::into_inner) = None;
                    return Ok(held.insert(proof).clone());
                }
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

    pub(super) fn remember_refusal(&self, words: &str) {
        let entry = Some((self.now(), words.to_owned()));
        *self.refused.lock().unwrap_or_else(PoisonError::into_inner) = entry;
    }

    /// Forgets a refused sign-in, so that the next call tries again: somebody entered new credentials or asked to.
    pub async fn sign_in_again(&self) {
        *self.refused.lock().unwrap_or_else(PoisonError::into_inner) = None;
        *self.proof.lock().await = None;
    }
}
