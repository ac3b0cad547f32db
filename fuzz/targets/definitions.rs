//! Every importer on every text, whatever the text is: the first byte chooses the importer.
#![no_main]

use import::{ALL, Project};
use libfuzzer_sys::fuzz_target;
use source::SourceMap;

fuzz_target!(|bytes: &[u8]| {
    let Some((first, text)) = bytes.split_first() else { return };
    let importer = ALL[usize::from(*first) % ALL.len()];
    let mut sources = SourceMap::default();
    let (file, _) = sources.read("x.yaml", text);
    let (app, findings) = importer.read(&Project::new(&sources, ""), &[file]);
    for label in findings.iter().flat_map(|finding| &finding.labels) {
        let (span, text) = (label.span, &sources.file(label.span.file).text);
        assert!(text.get(span.start..span.end).is_some());
    }
    assert!(app.components.is_sorted_by(|a, b| a.id < b.id));
});
