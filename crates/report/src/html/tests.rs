//! The page: whole, inert to hostile names, silent on the network.

use super::*;
use crate::sample;

fn page() -> String {
    let (plan, sources) = sample::decision();
    decision(&plan, &sources)
}

/// The page without what is the same in every page.
fn own(page: &str) -> String {
    page.replace(&library(), "").replace(SCRIPT, "").replace(STYLE, "")
}

#[test]
fn nothing_is_loaded_from_anywhere() {
    let (plan, sources) = sample::decision();
    for page in [decision(&plan, &sources), traffic(&sample::traffic())] {
        let own = own(&page);
        for loader in
            ["src=", "href=\"http", "@import", "url(", "<link", "<iframe", "<img", "style=\""]
        {
            assert!(!own.contains(loader), "{loader}");
        }
        assert!(!STYLE.contains("url(") && !STYLE.contains("@import"));
        assert!(page.contains("default-src 'none'"));
        assert!(!page.contains("sourceMappingURL"));
    }
}

#[test]
fn the_policy_names_exactly_our_scripts_and_style() {
    let page = page();
    assert!(page.contains(&policy::policy(&[STYLE], &[&library(), SCRIPT])));
    // What a browser hashes is the text between the tags.
    assert!(page.contains(&format!("<script>{SCRIPT}</script>")));
    assert!(page.contains(&format!("<script>{}</script>", library())));
    assert!(page.contains(&format!("<style>{STYLE}</style>")));
    assert_eq!(page.matches("<script").count(), 3, "library, data, ours");
}

#[test]
fn the_licences_travel_with_the_library() {
    let page = page();
    assert!(page.contains("Copyright (c) 2014-2024 Chart.js Contributors"));
    assert!(page.contains("Copyright (c) 2018-2024 Jukka Kurkela"));
}

#[test]
fn names_are_inert_wherever_they_stand() {
    let evil = "</script><img src=x onerror=alert(1)>\u{2028}\"'`{{ 7*7 }}";
    let (mut plan, sources) = sample::decision();
    plan.app.name = evil.to_owned();
    plan.app.traffic = evil.to_owned();
    plan.headline = evil.to_owned();
    for p in &mut plan.placements {
        evil.clone_into(&mut p.component);
        evil.clone_into(&mut p.config);
        p.settings = vec![(evil.to_owned(), evil.to_owned())];
        p.reasons = vec![model::Reason::plain(evil)];
    }
    for c in &mut plan.considered {
        evil.clone_into(&mut c.name);
        c.why_not = vec![model::Reason::plain(evil)];
    }
    for c in &mut plan.charts.cost {
        evil.clone_into(&mut c.name);
    }
    for c in &mut plan.charts.latency {
        evil.clone_into(&mut c.component);
        evil.clone_into(&mut c.name);
    }
    for d in &mut plan.charts.day {
        evil.clone_into(&mut d.component);
    }
    for line in plan.invoices.iter_mut().flat_map(|i| &mut i.lines) {
        evil.clone_into(&mut line.item);
    }
    for a in &mut plan.assumptions {
        evil.clone_into(&mut a.subject);
        evil.clone_into(&mut a.remedy);
    }
    for f in &mut plan.findings {
        evil.clone_into(&mut f.message);
    }
    for f in &mut plan.flips {
        evil.clone_into(&mut f.to);
        f.scope = None;
    }
    let own = own(&decision(&plan, &sources));
    assert!(!own.contains("<img"), "no element of theirs");
    assert_eq!(own.matches("</script").count(), 3);
    assert!(own.contains("{{ 7*7 }}"), "no template of theirs is run");
    let data = own.split("id=\"data\">").nth(1).unwrap().split("</script>").next().unwrap();
    assert!(
        !data.contains('<')
            && !data.contains('>')
            && !data.contains('&')
            && !data.contains('\u{2028}')
    );
    let back: serde_json::Value = serde_json::from_str(data).unwrap();
    assert_eq!(back["components"][0]["name"], evil, "and nothing of the name is lost");
}

#[test]
fn the_page_says_it_all_without_scripts() {
    let own = own(&page());
    for said in [
        "Hybrid",
        "Lambda for api and thumb, one small server for chat, RDS for db",
        "$113.13",
        "80 % sure to stay the cheapest",
        "control plane $73, two nodes $61, load balancer $19",
        "moves to Fargate",
        "thumb.init",
        "can change the answer",
        "Every request accounted for",
        "<noscript>",
        "p99 ≤ 800 ms",
        "0.0000133334",
        "5d1c0f5f7e0b8f0f4a6a1f7d8b7c2a3e4d5f60718293a4b5c6d7e8f901234567",
    ] {
        assert!(own.contains(said), "{said}");
    }
}

#[test]
fn nothing_feasible_is_a_clear_picture() {
    let (plan, sources) = sample::infeasible();
    let own = own(&decision(&plan, &sources));
    for said in [
        "No feasible placement",
        "What stands in the way",
        "runs 40 min, the limit is 15 min (CR012)",
    ] {
        assert!(own.contains(said), "{said}");
    }
    assert!(!own.contains("Where the money goes"));
}

#[test]
fn same_answer_same_bytes() {
    assert_eq!(page(), page());
}
