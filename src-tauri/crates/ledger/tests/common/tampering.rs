//! Changes rows behind the program's back. Only who has the key can; the rows defend themselves all the same.

use std::path::Path;

use sha2::{Digest, Sha256};

pub(crate) async fn run(folder: &Path, statements: &[&'static str]) {
    let options = sqlx::sqlite::SqliteConnectOptions::new()
        .filename(folder.join("ledger.db"))
        .pragma("key", raw_key());
    let mut connection = sqlx::ConnectOptions::connect(&options).await.unwrap();
    for statement in statements {
        sqlx::query(*statement)
            .execute(&mut connection)
            .await
            .unwrap();
    }
    sqlx::Connection::close(connection).await.unwrap();
}

/// The key of `ledger.db` below the folder key of the tests, in the form SQLCipher takes.
fn raw_key() -> String {
    let mut hash = Sha256::new();
    hash.update(b"partner-console key 1\0");
    hash.update([7_u8; 32]);
    hash.update(b"ledger");
    format!("\"x'{}'\"", hex::encode(hash.finalize()))
}
