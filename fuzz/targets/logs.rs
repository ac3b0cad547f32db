//! Every log, trace, metric and trace-file reader: told by content, so one target reaches them all.
#![no_main]

use libfuzzer_sys::fuzz_target;
use traffic::{Reading, Router};

fuzz_target!(|bytes: &[u8]| {
    let router = Router::all_to("web");
    let mut reading = Reading::new(&router);
    reading.file("x", &mut &*bytes);
    let traffic = reading.finish();
    for file in &traffic.report.files {
        assert_eq!(file.lines, file.kept + file.skipped + file.asides);
    }
});
