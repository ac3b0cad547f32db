//! Every figure that an independent program computed of the real traces (`data/trace_stats.json`), found again in
//! what `crossover traffic --format json` prints: counts exactly, the rest to six significant digits.

use serde_json::{Map, Value};

use crate::program::run;

/// Of one trace: the files, and where each of its figures stands in our JSON. A path steps through names with `>`;
/// `#` counts what stands there, `+` adds it up over the files read one by one, `a - b` is a difference.
type Rows = &'static [(&'static str, &'static str)];

const AZURE_2021: Rows = &[
    ("arrivals", "measured>arrivals"),
    ("apps", "measured>subjects>applications"),
    ("functions", "measured>subjects>count"),
    ("max_invocations_per_function", "measured>subjects>requests>each>max"),
    ("duration_s", "measured>arrivals>duration_s"),
    ("negative_arrivals", "files>0>skipped"),
    ("min_arrival", "measured>arrivals>first_s"),
];
const AZURE_2019: Rows = &[
    ("counts>functions", "measured>subjects>count"),
    ("counts>minutes", "measured>minutes>periods"),
    ("counts>invocations", "measured>minutes>total"),
    ("counts>mean_per_min", "measured>minutes>together>mean"),
    ("counts>mean_rps", "measured>minutes>mean_per_second"),
    ("counts>peak_min_total", "measured>minutes>together>max"),
    ("counts>peak_min_index", "measured>minutes>peak_index"),
    ("counts>min_min_total", "measured>minutes>together>min"),
    ("counts>peak_to_mean", "measured>minutes>peak_to_mean"),
    ("counts>total_series_index_of_dispersion", "measured>minutes>dispersion"),
    ("counts>functions_zero", "measured>subjects>requests>without_any"),
    ("counts>share_functions_below_1_per_min", "measured>minutes>share_below_1_per_min"),
    ("counts>share_functions_below_1_per_hour", "measured>minutes>share_below_1_per_hour"),
    (
        "counts>share_functions_at_most_1_invocation",
        "measured>subjects>requests>share_with_one_at_most",
    ),
    ("counts>invocations_per_function", "measured>subjects>requests>each"),
    (
        "counts>share_of_invocations_top_1pct_functions",
        "measured>subjects>requests>share_of_top_1_percent",
    ),
    (
        "counts>share_of_invocations_top_10pct_functions",
        "measured>subjects>requests>share_of_top_10_percent",
    ),
    ("counts>per_function_minute_count_cv", "measured>minutes>variation_each"),
    ("counts>peak_minute_of_single_function", "measured>minutes>most_of_one"),
    ("counts>share_function_minutes_nonzero", "measured>minutes>share_filled"),
    ("apps", "measured>subjects>applications"),
    ("triggers", "measured>subjects>triggers"),
    ("invocations_by_trigger", "measured>subjects>requests_by_trigger"),
    ("duration_ms_function_average", "measured>summaries>duration_ms>mean"),
    ("duration_ms_function_p50", "measured>summaries>duration_ms>p50"),
    ("duration_ms_function_p99", "measured>summaries>duration_ms>p99"),
    (
        "duration_ms_average_weighted_by_window_invocations",
        "measured>summaries>mean_duration_ms_by_request",
    ),
    ("busy_seconds_in_window", "measured>summaries>busy_s"),
    ("mean_concurrency_in_window", "measured>summaries>concurrency_mean"),
    ("memory_mb_app_average", "measured>summaries>memory_mb>mean"),
    ("memory_mb_app_p99", "measured>summaries>memory_mb>p99"),
    ("duration_average_above_15min", "measured>summaries>mean_above_15_min"),
    ("rank_correlation_count_vs_window_total", "measured>summaries>rank_correlation_of_counts"),
];
const CONTAINERS: Rows = &[
    ("apps", "measured>containers>users"),
    ("minutes", "measured>containers>periods"),
    ("share_minutes_zero_containers", "measured>containers>share_of_periods_without"),
    ("max_containers", "measured>containers>most_of_one"),
    ("mean_containers_total", "measured>containers>together>mean"),
    ("peak_containers_total", "measured>containers>together>max"),
    ("average_memory_mb", "measured>summaries>memory_mb>mean"),
    ("daily_invocations", "measured>subjects>requests_without_a_time>each"),
];
const TOTALS: Rows = &[
    ("apps", "measured>subjects>count"),
    ("invocations", "measured>subjects>requests_without_a_time>total"),
    ("invocations_per_app", "measured>subjects>requests_without_a_time>each"),
    (
        "share_apps_below_1_per_min_if_one_day",
        "measured>subjects>requests_without_a_time>share_below_1440",
    ),
    (
        "share_of_invocations_top_1pct_apps",
        "measured>subjects>requests_without_a_time>share_of_top_1_percent",
    ),
];
const LANGUAGE_MODEL: Rows = &[
    ("arrivals", "statistics"),
    ("context_tokens", "measured>columns>all>context_tokens>spread"),
    ("generated_tokens", "measured>columns>all>generated_tokens>spread"),
];
const WORLD_CUP: Rows = &[
    ("rows", "files>0>kept"),
    ("duplicate_minutes", "files>0>kept - measured>minutes>periods_told"),
    ("distinct_minutes", "measured>minutes>periods_told"),
    ("first", "measured>minutes>first_s"),
    ("last", "measured>minutes>last_s"),
    ("calendar_minutes", "measured>minutes>periods"),
    ("missing_minutes", "measured>minutes>periods - measured>minutes>periods_told"),
    ("requests", "measured>minutes>total"),
    ("mean_per_min_calendar", "measured>minutes>together>mean"),
    ("mean_rps", "measured>minutes>mean_per_second"),
    ("peak_min", "measured>minutes>together>max"),
    ("peak_min_at", "measured>minutes>peak_at_s"),
    ("peak_to_mean", "measured>minutes>peak_to_mean"),
    ("per_minute", "measured>minutes>together"),
    ("autocorr_lag1", "measured>minutes>autocorrelation>1_min"),
    ("autocorr_lag60", "measured>minutes>autocorrelation>1_h"),
    ("autocorr_lag1440", "measured>minutes>autocorrelation>1_day"),
    ("index_of_dispersion", "measured>minutes>dispersion"),
];
const LOAD_TEST: Rows = &[
    ("requests", "measured>starts>invocations"),
    ("cold", "measured>starts>cold"),
    ("cold_share", "measured>starts>cold_share"),
    ("distinct_instances", "measured>starts>instances"),
    ("distinct_vms", "measured>starts>machines"),
    ("arrivals_client", "measured>arrivals"),
    ("billed_ms_sum", "measured>columns>all>aws_billed_duration>sum"),
    ("max_mem_mb", "measured>columns>all>aws_max_mem>spread"),
    ("warm>aws_duration", "measured>columns>warm>aws_duration>spread"),
    ("warm>client_elapsed_time", "measured>columns>warm>client_elapsed_time>spread"),
    ("warm>elapsed_time", "measured>columns>warm>elapsed_time>spread"),
    ("cold_requests>aws_duration", "measured>columns>cold>aws_duration>spread"),
    ("cold_requests>client_elapsed_time", "measured>columns>cold>client_elapsed_time>spread"),
    ("cold_requests>elapsed_time", "measured>columns>cold>elapsed_time>spread"),
];
const COLD_STARTS: Rows =
    &[("series", "measured>references>series"), ("samples", "measured>references>samples")];
const SPANS: Rows = &[
    ("spans", "measured>spans>read"),
    ("distinct_spans", "measured>spans>distinct"),
    ("traces", "measured>spans>traces"),
    // The figures to compare with count roots and calls file by file.
    ("root_spans", "+measured>spans>roots"),
    ("services", "#measured>spans>services"),
    ("spans_by_service", "measured>spans>services"),
    ("cross_service_edges", "#measured>spans>calls"),
    ("edge_calls", "+measured>spans>calls"),
    ("orphan_spans", "+measured>spans>orphans"),
    ("duration_mismatch", "measured>spans>mismatched"),
];
const LOG: Rows = &[
    ("lines", "files>0>lines"),
    ("unparsed", "files>0>skipped"),
    ("first", "statistics>first"),
    ("last", "statistics>last"),
    ("span_s", "statistics>span_s"),
    ("out_of_order_lines", "files>0>out_of_order"),
    ("mean_rps", "statistics>mean_per_second"),
    ("peak_1s", "statistics>peak_1s"),
    ("peak_clock_minute", "statistics>scales>2>peak"),
    ("per_clock_minute", "statistics>scales>2>counts"),
    ("per_second", "statistics>scales>0>counts"),
    ("count_per_second_index_of_dispersion", "statistics>scales>0>dispersion"),
    ("status", "contents>status"),
    ("methods", "contents>methods"),
    ("clients", "contents>clients"),
    ("distinct_paths_without_query", "contents>paths"),
    ("static_extension_share", "contents>static_share"),
    ("bytes", "contents>response_bytes"),
    ("bytes_sum", "contents>response_bytes_sum"),
    ("size_dash", "contents>without_response_bytes"),
];
const SERVICE_METRICS: Rows = &[
    ("periods", "files>0>kept"),
    ("first", "measured>minutes>first_s"),
    ("last", "measured>minutes>last_s"),
    ("period_s", "measured>minutes>period_s"),
    ("columns", "#measured>columns>all"),
];

/// What the figures are called here.
const NAMES: [(&str, &str); 8] = [
    ("n", "requests"),
    ("std_pop", "deviation"),
    ("first", "first_s"),
    ("last", "last_s"),
    ("mean_rps", "mean_per_second"),
    ("interarrival_mean_s", "gap_mean_s"),
    ("interarrival_cv", "gap_variation"),
    ("peak_60s_bin_from_first", "peak_60s"),
];
/// Entries that are no figures.
const REMARKS: [&str; 5] = ["file", "files", "note", "definition", "unparsed_lines"];

fn rows(trace: &str) -> Rows {
    match trace {
        "azure2021_200" => AZURE_2021,
        "azure2019_dirigent250" | "azure2019_invitro1250" => AZURE_2019,
        "azure2019_femux_100apps" => CONTAINERS,
        "azure2019_femux_17577apps" => TOTALS,
        "azure_llm_code" => LANGUAGE_MODEL,
        "worldcup98" => WORLD_CUP,
        "nezha_spans" => SPANS,
        "petshop_low_traffic" => SERVICE_METRICS,
        name if name.starts_with("lambda_perf") => COLD_STARTS,
        name if name.starts_with("lambda_20") => LOAD_TEST,
        name if name.starts_with("log_") => LOG,
        name => panic!("no rows for {name}"),
    }
}

fn told(files: &[String]) -> Value {
    let mut args = vec!["traffic"];
    args.extend(files.iter().map(String::as_str));
    args.extend(["--format", "json"]);
    let outcome = run(&args, None);
    assert_eq!(outcome.code, 0, "{files:?}: {}", outcome.err);
    serde_json::from_str(&outcome.out).unwrap()
}

/// What stands at a path of names and numbers.
fn at<'v>(value: &'v Value, path: &str) -> &'v Value {
    path.split('>').fold(value, |value, step| match value {
        Value::Array(all) => {
            step.parse().ok().and_then(|i: usize| all.get(i)).unwrap_or(&Value::Null)
        }
        other => &other[step],
    })
}

fn sum(a: Value, b: &Value) -> Value {
    match (a, b) {
        (Value::Object(mut a), Value::Object(b)) => {
            for (name, theirs) in b {
                let mine = a.remove(name).unwrap_or(Value::Null);
                a.insert(name.clone(), sum(mine, theirs));
            }
            Value::Object(a)
        }
        (Value::Number(a), Value::Number(b)) => (a.as_u64().unwrap() + b.as_u64().unwrap()).into(),
        (a, Value::Null) => a,
        (_, b) => b.clone(),
    }
}

struct Told {
    all: Value,
    each: Vec<Value>,
}

impl Told {
    fn at(&self, path: &str) -> Value {
        if let Some((a, b)) = path.split_once(" - ") {
            let number = |path| at(&self.all, path).as_u64().unwrap();
            return (number(a) - number(b)).into();
        }
        if let Some(path) = path.strip_prefix('#') {
            return at(&self.all, path).as_object().map_or(0, Map::len).into();
        }
        if let Some(path) = path.strip_prefix('+') {
            return self.each.iter().fold(Value::Null, |all, one| sum(all, at(one, path)));
        }
        at(&self.all, path).clone()
    }
}

/// Counts what was compared, and keeps what differs.
#[derive(Default)]
struct Compared {
    equal: usize,
    differ: Vec<String>,
}

impl Compared {
    fn compare(&mut self, name: &str, wanted: &Value, got: &Value) {
        match wanted {
            Value::Object(figures) => {
                for (figure, wanted) in figures {
                    let ours =
                        NAMES.iter().filter(|(theirs, _)| theirs == figure).map(|(_, ours)| *ours);
                    let mut names = ours.chain([figure.as_str()]);
                    let found = names.find_map(|name| got.get(name)).unwrap_or(&Value::Null);
                    self.compare(&format!("{name}>{figure}"), wanted, found);
                }
            }
            Value::Array(all) => {
                for (i, wanted) in all.iter().enumerate() {
                    self.compare(&format!("{name}>{i}"), wanted, &got[i]);
                }
            }
            leaf if same(leaf, got) => self.equal += 1,
            leaf => self.differ.push(format!("{name}: {got}, wanted {leaf}")),
        }
    }
}

fn same(wanted: &Value, got: &Value) -> bool {
    match (wanted, got) {
        (Value::Number(wanted), Value::Number(got)) => {
            if let (Some(wanted), Some(got)) = (wanted.as_u64(), got.as_u64()) {
                return wanted == got;
            }
            let (wanted, got) = (wanted.as_f64().unwrap(), got.as_f64().unwrap());
            // The sixth digit, give or take one for what was rounded before.
            (got - wanted).abs() <= wanted.abs() * 5.1e-6 + f64::MIN_POSITIVE
        }
        (Value::String(wanted), Value::String(got)) => {
            wanted.replace('T', " ").trim_end_matches("+00:00") == got
        }
        (Value::String(wanted), Value::Number(got)) => {
            let at: jiff::civil::DateTime = wanted.parse().unwrap();
            let at = at.to_zoned(jiff::tz::TimeZone::UTC).unwrap().timestamp().as_second();
            got.as_f64().is_some_and(|got| (got - at as f64).abs() < 0.5)
        }
        _ => false,
    }
}

fn leaves(value: &Value) -> usize {
    match value {
        Value::Object(all) => all.values().map(leaves).sum(),
        Value::Array(all) => all.iter().map(leaves).sum(),
        _ => 1,
    }
}

/// Figures that are the same for each of many services, runtimes or files.
fn of_many(trace: &str, wanted: &Value, told: &Told, compared: &mut Compared) {
    let none = Map::new();
    let entries = |name: &str| wanted[name].as_object().unwrap_or(&none).clone();
    for (key, ms) in entries("median_init_ms") {
        let mut parts: Vec<String> = key.split(" | ").map(str::to_owned).collect();
        parts[2] += " MB";
        let got = &told.all["measured"]["references"]["of"][parts.join(" | ")];
        compared.compare(&format!("{trace}>{key}"), &ms, &got["init_time_ms"]["linear"]["p50"]);
    }
    let column = |service: &str, rest: &str| {
        told.all["measured"]["columns"]["all"][format!("{service} | {rest}")].clone()
    };
    for (service, wanted) in entries("requests") {
        let got = column(&service, "requests | Sum");
        let spread = &got["spread"];
        for (name, got) in [
            ("periods", &spread["n"]),
            ("requests", &got["sum"]),
            ("mean_per_5min", &spread["mean"]),
            ("peak_5min", &spread["max"]),
        ] {
            compared.compare(&format!("{trace}>{service}>{name}"), &wanted[name], got);
        }
    }
    for (service, wanted) in entries("mean_latency_s") {
        for (statistic, wanted) in wanted.as_object().unwrap() {
            let got = column(&service, &format!("latency | {statistic}"));
            compared.compare(
                &format!("{trace}>{service}>{statistic}"),
                wanted,
                &got["spread"]["mean"],
            );
        }
    }
    if trace == "petshop_low_traffic" {
        let columns = told.all["measured"]["columns"]["all"].as_object().unwrap();
        let names: Vec<Vec<&str>> =
            columns.keys().map(|name| name.split(" | ").collect()).collect();
        let set = |of: &dyn Fn(&[&str]) -> String| -> Vec<Value> {
            let all: std::collections::BTreeSet<String> = names.iter().map(|n| of(n)).collect();
            all.into_iter().map(Value::String).collect()
        };
        let services = set(&|name| name[0].to_owned()).len();
        compared.compare("petshop>microservices", &wanted["microservices"], &services.into());
        let statistics = set(&|name| format!("{}/{}", name[1], name[2]));
        compared.compare("petshop>statistics", &wanted["metric_statistics"], &statistics.into());
    }
    for (file, wanted) in entries("per_file") {
        let of = |doc: &&Value| at(doc, "files>0>name").as_str().unwrap().ends_with(&file);
        let spans = &told.each.iter().find(of).unwrap()["measured"]["spans"];
        for (name, ours) in
            [("spans", "read"), ("traces", "traces"), ("roots", "roots"), ("span_s", "span_s")]
        {
            compared.compare(&format!("{trace}>{file}>{name}"), &wanted[name], &spans[ours]);
        }
    }
}

#[test]
fn every_figure_of_the_real_traces_is_printed() {
    let Ok(corpora) = std::env::var("CROSSOVER_CORPORA") else {
        eprintln!("skipped: CROSSOVER_CORPORA is not set");
        return;
    };
    let wanted: Value = serde_json::from_str(include_str!("data/trace_stats.json")).unwrap();
    let (mut equal, mut all, mut differ, mut elsewhere) = (0, 0, Vec::new(), 0);
    for (trace, wanted) in wanted["traces"].as_object().unwrap() {
        let one = wanted["file"].as_str().map(|file| vec![file.to_owned()]);
        let files = one.unwrap_or_else(|| {
            let all = wanted["files"].as_array().unwrap();
            all.iter().map(|file| file.as_str().unwrap().to_owned()).collect()
        });
        let files: Vec<String> = files.iter().map(|file| format!("{corpora}/{file}")).collect();
        let told = Told {
            all: told(&files),
            each: if trace == "nezha_spans" {
                files.iter().map(|file| told(std::slice::from_ref(file))).collect()
            } else {
                Vec::new()
            },
        };
        let mut compared = Compared::default();
        for (figure, ours) in rows(trace) {
            let wanted = at(wanted, figure);
            if !wanted.is_null() {
                compared.compare(&format!("{trace}>{figure}"), wanted, &told.at(ours));
            }
        }
        of_many(trace, wanted, &told, &mut compared);
        let figures: usize = wanted
            .as_object()
            .unwrap()
            .iter()
            .filter(|(name, _)| !REMARKS.contains(&name.as_str()))
            .map(|(_, value)| leaves(value))
            .sum();
        // Compared where files can be taken one by one: `evidence::corpora` of the traffic crate.
        let by_file = leaves(&wanted["root_duration_ms"]) * usize::from(trace == "nezha_spans");
        println!(
            "{trace}: {} of {figures} figures equal, {by_file} compared by file",
            compared.equal
        );
        equal += compared.equal;
        elsewhere += by_file;
        all += figures;
        differ.append(&mut compared.differ);
    }
    println!("all: {equal} of {all} figures equal, {elsewhere} compared by file");
    assert!(differ.is_empty(), "{} differ:\n{}", differ.len(), differ.join("\n"));
    assert_eq!(equal + elsewhere, all, "figures without a row");
}
