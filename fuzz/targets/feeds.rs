//! Every price feed: an error names a byte that is there.
#![no_main]

use std::sync::LazyLock;

use catalog::feeds::{self, Observed, Rules};
use libfuzzer_sys::fuzz_target;
use units::Date;

/// The rules of all feeds, as the catalogue has them.
static RULES: LazyLock<std::collections::BTreeMap<String, Rules>> = LazyLock::new(|| {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../catalog/feeds");
    let files = std::fs::read_dir(folder).expect("the catalogue's rules");
    let texts: Vec<(String, String)> = files
        .map(|file| file.expect("a readable entry").path())
        .filter(|path| path.extension().is_some_and(|e| e == "toml"))
        .map(|path| {
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            (format!("feeds/{name}"), std::fs::read_to_string(&path).expect("a readable file"))
        })
        .collect();
    Rules::parse(&texts).expect("good rules")
});

fuzz_target!(|bytes: &[u8]| {
    let day = Date::new(2026, 11, 23).expect("a day");
    if let Err(error) = feeds::read(&mut &*bytes, &RULES, Observed::Otherwise(day)) {
        assert!(error.offset <= bytes.len() as u64 && !error.what.is_empty());
    }
});
