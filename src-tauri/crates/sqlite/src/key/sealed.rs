//! A key wrapped under a passphrase: Argon2id stretches the passphrase, XChaCha20-Poly1305 wraps the random key.

use argon2::{Algorithm, Argon2, Params, Version};
use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use chacha20poly1305::{
    XChaCha20Poly1305,
    aead::{Aead, KeyInit, Payload},
};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::{Key, KeyError};

/// What the wrapping is bound to, so that it is not taken for another.
const PURPOSE: &[u8] = b"partner-console data folder key";
/// 64 MiB, three passes, one lane: about 0.2 s on a desktop.
const MEMORY_KIB: u32 = 65_536;
const PASSES: u32 = 3;
/// Nothing in a file makes us take more than this.
const MOST_MEMORY_KIB: u32 = 1_048_576;
const MOST_PASSES: u32 = 64;

/// The wrapped key as it stands in the key file.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Sealed {
    memory_kib: u32,
    passes: u32,
    salt: String,
    nonce: String,
    wrapped: String,
}

fn stretch(
    passphrase: &str,
    salt: &[u8],
    memory_kib: u32,
    passes: u32,
) -> Result<Zeroizing<[u8; 32]>, KeyError> {
    if memory_kib > MOST_MEMORY_KIB || passes > MOST_PASSES {
        return Err(KeyError::Unreadable("its cost is beyond reason".into()));
    }
    let bad = |e: argon2::Error| KeyError::Unreadable(e.to_string());
    let params = Params::new(memory_kib, passes, 1, Some(32)).map_err(bad)?;
    let mut out = Zeroizing::new([0_u8; 32]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(passphrase.as_bytes(), salt, out.as_mut())
        .map_err(bad)?;
    Ok(out)
}

/// Wraps a key. Takes a moment on purpose: not for an async thread.
pub(super) fn seal(key: &Key, passphrase: &str) -> Result<Sealed, KeyError> {
    let mut salt = [0_u8; 16];
    let mut nonce = [0_u8; 24];
    rand::RngCore::fill_bytes(&mut rand::rng(), &mut salt);
    rand::RngCore::fill_bytes(&mut rand::rng(), &mut nonce);
    let stretched = stretch(passphrase, &salt, MEMORY_KIB, PASSES)?;
    let wrapped = XChaCha20Poly1305::new(stretched.as_ref().into())
        .encrypt(
            (&nonce).into(),
            Payload {
                msg: key.bytes(),
                aad: PURPOSE,
            },
        )
        .map_err(|_| KeyError::Unreadable("the key could not be wrapped".into()))?;
    Ok(Sealed {
        memory_kib: MEMORY_KIB,
        passes: PASSES,
        salt: BASE64.encode(salt),
        nonce: BASE64.encode(nonce),
        wrapped: BASE64.encode(wrapped),
    })
}

/// Unwraps a key.
pub(super) fn unseal(sealed: &Sealed, passphrase: &str) -> Result<Key, KeyError> {
    let decode = |text: &str| {
        BASE64
            .decode(text)
            .map_err(|_| KeyError::Unreadable("it is not base64".into()))
    };
    let nonce: [u8; 24] = decode(&sealed.nonce)?
        .try_into()
        .map_err(|_| KeyError::Unreadable("its nonce has another length".into()))?;
    let stretched = stretch(
        passphrase,
        &decode(&sealed.salt)?,
        sealed.memory_kib,
        sealed.passes,
    )?;
    let plain = Zeroizing::new(
        XChaCha20Poly1305::new(stretched.as_ref().into())
            .decrypt(
                (&nonce).into(),
                Payload {
                    msg: &decode(&sealed.wrapped)?,
                    aad: PURPOSE,
                },
            )
            .map_err(|_| KeyError::WrongPassphrase)?,
    );
    let bytes: [u8; 32] = plain
        .as_slice()
        .try_into()
        .map_err(|_| KeyError::Unreadable("the key in it has another length".into()))?;
    Ok(Key::from_bytes(bytes))
}
