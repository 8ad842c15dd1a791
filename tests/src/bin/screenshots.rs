//! Pictures of the real window on the sandbox: desk, composer, review and outbox, both sizes, light and dark.
fn main() {}
