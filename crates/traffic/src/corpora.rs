//! Files of the corpora, for tests: `CROSSOVER_CORPORA` names their folder.

/// The bytes of one file; `None`, said so, where there are no corpora.
pub(crate) fn bytes(path: &str) -> Option<Vec<u8>> {
    #[expect(clippy::disallowed_methods, reason = "tests may look for the corpora")]
    let Ok(root) = std::env::var("CROSSOVER_CORPORA") else {
        eprintln!("skipped: CROSSOVER_CORPORA is not set");
        return None;
    };
    #[expect(clippy::disallowed_methods, reason = "tests may read the corpora")]
    Some(std::fs::read(format!("{root}/{path}")).unwrap())
}
