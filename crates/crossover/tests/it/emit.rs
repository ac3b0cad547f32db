//! `crossover emit`, as a user runs it.

use std::path::{Path, PathBuf};

use emit::EmittedFile;

use crate::program::{Outcome, run};
use crate::tidy::root;
use crate::{server, typed};

const DAY: [&str; 2] = ["--as-of", "2026-11-23"];

/// A folder of its own, away when the test ends.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path =
            std::env::temp_dir().join(format!("crossover-emit-{name}-{}", std::process::id()));
        drop(std::fs::remove_dir_all(&path));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }
    fn file(&self, path: &str) -> PathBuf {
        path.split('/').fold(self.0.clone(), |folder, part| folder.join(part))
    }
    fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.file(path)).unwrap()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}

fn emitted(app: &Path, to: &Path, more: &[&str]) -> Outcome {
    let (app, to) = (app.display().to_string(), to.display().to_string());
    let mut args = vec!["emit", app.as_str(), "-o", to.as_str()];
    args.extend(DAY);
    args.extend(more);
    run(&args, None)
}

const COMPOSE: &str = "
services:
  web:
    image: acme/web:1
    ports: ['80:8080']
    environment: { DB_HOST: db, API_TOKEN: hunter2 }
  db: { image: 'postgres:16', environment: { POSTGRES_PASSWORD: hunter2 }, volumes: ['d:/var/lib/postgresql/data'] }
volumes: { d: {} }
";

#[test]
fn files_are_written_once_and_replaced_only_by_force() {
    let folder = Folder::new("force");
    let (app, to) = (folder.file("compose.yaml"), folder.file("deploy"));
    std::fs::write(&app, COMPOSE).unwrap();
    let first = emitted(&app, &to, &["--to", "kubernetes"]);
    assert_eq!(first.code, 0, "{}", first.err);
    let web = folder.read("deploy/kubernetes/base/parts/web.yaml");
    assert!(web.contains("image: \"acme/web:1\"") || web.contains("image: acme/web:1"), "{web}");
    assert!(web.contains(&format!("{}:5", app.display())), "a value says where it stands:\n{web}");
    // The same again changes nothing and is no mistake.
    let again = emitted(&app, &to, &["--to", "kubernetes"]);
    assert_eq!(again.code, 0, "{}", again.err);
    assert!(again.err.contains("wrote 0 files"), "{}", again.err);
    // What somebody changed stays.
    let changed = web.replace("acme/web:1", "acme/web:2");
    std::fs::write(folder.file("deploy/kubernetes/base/parts/web.yaml"), &changed).unwrap();
    std::fs::remove_file(folder.file("deploy/README.md")).unwrap();
    let refused = emitted(&app, &to, &["--to", "kubernetes"]);
    assert_eq!(refused.code, 2, "{}", refused.err);
    assert!(refused.err.contains("nothing was written"), "{}", refused.err);
    assert!(!folder.file("deploy/README.md").exists(), "all or nothing");
    assert_eq!(folder.read("deploy/kubernetes/base/parts/web.yaml"), changed);
    // A dry run shows it, on standard output, and writes nothing.
    let dry = emitted(&app, &to, &["--to", "kubernetes", "--dry-run"]);
    assert_eq!(dry.code, 0, "{}", dry.err);
    assert!(
        dry.out
            .contains("--- a/kubernetes/base/parts/web.yaml\n+++ b/kubernetes/base/parts/web.yaml"),
        "{}",
        dry.out
    );
    assert!(
        dry.out.contains("-          image: acme/web:2")
            && dry.out.contains("+          image: acme/web:1"),
        "{}",
        dry.out
    );
    assert!(dry.out.contains("--- /dev/null\n+++ b/README.md"), "{}", dry.out);
    assert_eq!(folder.read("deploy/kubernetes/base/parts/web.yaml"), changed);
    let forced = emitted(&app, &to, &["--to", "kubernetes", "--force"]);
    assert_eq!(forced.code, 0, "{}", forced.err);
    assert_eq!(folder.read("deploy/kubernetes/base/parts/web.yaml"), web);
}

#[test]
fn no_secret_of_a_definition_reaches_a_file() {
    let folder = Folder::new("secret");
    let (app, to) = (folder.file("compose.yaml"), folder.file("deploy"));
    std::fs::write(&app, COMPOSE).unwrap();
    for target in ["kubernetes", "knative"] {
        let done = emitted(&app, &to, &["--to", target, "--force"]);
        assert_eq!(done.code, 0, "{}", done.err);
        let page = folder.read("deploy/README.md");
        assert!(page.contains("`API_TOKEN` in Secret `web-secrets`"), "{page}");
    }
    let mut open = vec![to];
    let mut files = 0;
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
            continue;
        }
        files += 1;
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(!text.contains("hunter2"), "{}", path.display());
    }
    assert!(files > 5, "{files}");
}

#[test]
fn what_cannot_be_carried_out_is_told_with_its_reasons() {
    let folder = Folder::new("impossible");
    let to = folder.file("deploy");
    let done = emitted(Path::new("scenarios/impossible"), &to, &["--to", "kubernetes"]);
    assert_eq!(done.code, 3, "{}", done.err);
    assert!(done.err.contains("cannot be carried out on Kubernetes"), "{}", done.err);
    assert!(done.err.contains("CR012"), "{}", done.err);
    assert!(!to.exists());
}

#[test]
fn a_saved_plan_or_a_list_says_where_parts_go() {
    let folder = Folder::new("placement");
    let (plan, list) = (folder.file("plan.json"), folder.file("list.yaml"));
    let saved = run(&["plan", "scenarios/chat", DAY[0], DAY[1], "--format", "json"], None);
    std::fs::write(&plan, &saved.out).unwrap();
    std::fs::write(&list, "chat: kubernetes/eks\n").unwrap();
    let app = Path::new("scenarios/chat");
    let planned: serde_json::Value = serde_json::from_str(&saved.out).unwrap();
    let platform = planned["answer"]["placements"][0]["platform"].as_str().unwrap();
    let done = emitted(app, &folder.file("a"), &["--placement", plan.to_str().unwrap()]);
    assert!(folder.read("a/README.md").contains(&format!("| chat | {platform} |")), "{}", done.err);
    // Its sizes are the plan's: the same files as from the plan itself, whatever is asked of a search.
    assert_eq!(emitted(app, &folder.file("same"), &[]).code, 0);
    let placed = ["--placement", plan.to_str().unwrap(), "--seed", "7"];
    assert_eq!(emitted(app, &folder.file("saved"), &placed).code, 0);
    assert_eq!(files(&folder.file("saved")), files(&folder.file("same")));
    let done = emitted(app, &folder.file("b"), &["--placement", list.to_str().unwrap()]);
    assert_eq!(done.code, 0, "{}", done.err);
    assert!(folder.read("b/README.md").contains("| chat | kubernetes/eks |"), "{}", done.err);
    for (text, what) in [
        ("chat: kubernetes/mars\n", "there is no platform `kubernetes/mars`"),
        ("shat: kubernetes/eks\n", "there is no component `shat`"),
        ("[1, 2]\n", "it places nothing"),
        ("a: [\n", "it cannot be read"),
    ] {
        std::fs::write(&list, text).unwrap();
        let wrong = emitted(app, &folder.file("c"), &["--placement", list.to_str().unwrap()]);
        assert_eq!(wrong.code, 2, "{text}: {}", wrong.err);
        assert!(wrong.err.contains(what), "{text}: {}", wrong.err);
    }
    assert!(!folder.file("c").exists());
}

#[test]
fn a_saved_plans_sizes_are_the_ones_that_are_written() {
    let folder = Folder::new("sizes");
    let (app, plan) = (Path::new("scenarios/shop"), folder.file("plan.json"));
    let path = plan.to_str().unwrap();
    // Forced on a cluster, which a search of its own would not do.
    std::fs::write(folder.file("list.yaml"), "api: kubernetes/eks\nchat: kubernetes/eks\n")
        .unwrap();
    let set = ["--set", "api.allow=kubernetes/eks", "--set", "chat.allow=kubernetes/eks"];
    let saved =
        run(&[&["plan", "scenarios/shop", "--format", "json"], &DAY[..], &set].concat(), None);
    let mut json: serde_json::Value = serde_json::from_str(&saved.out).unwrap();
    let placed = json["answer"]["placements"].as_array_mut().unwrap();
    let api = placed.iter_mut().find(|place| place["component"] == "api").unwrap();
    assert_eq!(api["sizes"]["kind"], "pod", "{api}");
    // What somebody changed by hand is written as it stands.
    let memory = 3_u64 << 30;
    for (key, value) in
        [("cpu_millicores", 1100), ("memory_bytes", memory), ("min", 3), ("max", 17)]
    {
        api["sizes"][key] = value.into();
    }
    api["sizes"]["target"] = serde_json::json!({ "cpu-percent": 55 });
    api["machines"] = serde_json::json!({ "instance": "m8g.large", "min": 2, "max": 4, "pool": 0 });
    std::fs::write(&plan, json.to_string()).unwrap();
    let done = emitted(app, &folder.file("a"), &["--placement", path]);
    assert_eq!(done.code, 0, "{}", done.err);
    let text = folder.read("a/kubernetes/base/parts/api.yaml");
    for line in [
        "cpu: \"1100m\"",
        "memory: \"3Gi\"",
        "minReplicas: 3",
        "maxReplicas: 17",
        "averageUtilization: 55",
    ] {
        assert!(text.contains(line), "{line}:\n{text}");
    }
    let pool = folder.read("a/kubernetes/cluster/node-pool.yaml");
    assert!(pool.contains("m8g.large"), "{pool}");
    for (from, to, what) in [
        ("\"component\":\"api\"", "\"component\":\"ipa\"", "there is no component `ipa`"),
        ("\"component\":\"api\"", "\"component\":\"chat\"", "it places `chat` twice"),
        ("\"kind\":\"pod\"", "\"kind\":\"pot\"", "it is no saved plan: unknown variant `pot`"),
        (
            "\"platform\":\"kubernetes/eks\"",
            "\"platform\":\"aws/lambda\"",
            "are not those of aws/lambda",
        ),
    ] {
        std::fs::write(&plan, json.to_string().replacen(from, to, 1)).unwrap();
        let wrong = emitted(app, &folder.file("b"), &["--placement", path]);
        assert_eq!(wrong.code, 2, "{to}: {}", wrong.err);
        assert!(wrong.err.contains(what), "{to}: {}", wrong.err);
    }
    // A definition that has gained a part or changed since is told.
    let copy = folder.file("crossover.yaml");
    let text = std::fs::read_to_string(root().join("scenarios/shop/crossover.yaml")).unwrap();
    let more = format!("{text}  more: {{ kind: http, memory: 1 GB, duration: 1 ms, load: 1/s }}\n");
    std::fs::write(&copy, more).unwrap();
    json["provenance"]["inputs"][0]["path"] = copy.to_str().unwrap().into();
    std::fs::write(&plan, json.to_string()).unwrap();
    let odd = emitted(&copy, &folder.file("c"), &["--placement", path]);
    assert!(odd.err.contains("has changed since the plan was made"), "{}", odd.err);
    assert!(odd.err.contains("more: the plan does not place it"), "{}", odd.err);
}

/// What a scenario needs beside its folder before anything can be written for it.
const MORE: &[(&str, &[&str])] =
    &[("weblog", &["--set", "talks.load=1/s", "--set", "blog.load=1/s", "--set", "site.load=2/s"])];

#[test]
fn every_scenarios_manifests_are_what_an_api_server_takes() {
    let folder = Folder::new("typed");
    let (mut held, mut gateway) = (0, false);
    for scenario in
        std::fs::read_dir(root().join("scenarios")).unwrap().map(|entry| entry.unwrap().path())
    {
        let name = scenario.file_name().unwrap().to_str().unwrap();
        if !scenario.is_dir() || name == "impossible" {
            continue;
        }
        let more = MORE.iter().find(|(known, _)| *known == name).map_or(&[][..], |(_, more)| more);
        let place = folder.file(name);
        // Every other one by the Gateway API.
        gateway = !gateway;
        let routes = ["--routes", if gateway { "gateway" } else { "ingress" }];
        let done =
            emitted(&scenario, &place, &[&["--to", "kubernetes"], &routes[..], more].concat());
        assert_eq!(done.code, 0, "{name}: {}", done.err);
        let files = files(&place);
        let (objects, mut faults) = typed::faults(&files);
        faults.extend(server::faults(&files));
        assert!(objects > 0 && faults.is_empty(), "{name}: {}", faults.join("\n"));
        held += objects;
    }
    assert!(held > 100, "{held}");
}

/// What stands in a folder.
fn files(folder: &Path) -> Vec<EmittedFile> {
    let (mut open, mut found) = (vec![folder.to_owned()], Vec::new());
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
            continue;
        }
        let parts = path.strip_prefix(folder).unwrap().iter().map(|part| part.to_str().unwrap());
        let name = parts.collect::<Vec<_>>().join("/");
        found.push(EmittedFile { path: name, text: std::fs::read_to_string(&path).unwrap() });
    }
    found
}
