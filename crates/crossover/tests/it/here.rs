//! `.` is the folder somebody stands in: its name, and everything its files lead to.

use std::path::PathBuf;

use crate::program::run_in;

/// A folder with these files.
fn folder(name: &str, files: &[(&str, &str)]) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    for (path, text) in files {
        let path = folder.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    folder
}

#[test]
fn the_files_that_a_compose_file_names_are_read_here() {
    let compose = "include: [more/stores.yaml]\nservices:\n  web:\n    extends: { file: base.yaml, service: base }\n    image: ${NAME}:1\n";
    let folder = folder(
        "here/pet-shop",
        &[
            ("compose.yaml", compose),
            ("base.yaml", "services:\n  base: { mem_limit: 300m, env_file: web.env }\n"),
            ("web.env", "DB_HOST=db\n"),
            (".env", "NAME=web\n"),
            ("more/stores.yaml", "services:\n  db: { image: 'postgres:16' }\n"),
        ],
    );
    let here = run_in(&folder, &["init", "--from", ".", "-"]);
    assert_eq!(here.code, 0, "{}", here.err);
    assert!(
        !here.err.contains("is not there") && !here.err.contains("has no value"),
        "{}",
        here.err
    );
    for part in ["name: pet-shop\n", "memory: 300 MB", "engine: postgres", "`DB_HOST` names it"] {
        assert!(here.out.contains(part), "{part}: {}", here.out);
    }
}

#[test]
fn an_application_is_called_after_the_folder_somebody_stands_in() {
    let deployment = |name: &str| {
        let pod =
            "{ metadata: { labels: { app: a } }, spec: { containers: [{ name: a, image: a }] } }";
        format!(
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{ name: {name} }}\nspec: {{ template: {pod} }}\n"
        )
    };
    let (api, web) = (deployment("api"), deployment("web"));
    let files = [("deploy/api/api.yaml", api.as_str()), ("deploy/web/web.yaml", web.as_str())];
    let folder = folder("here/book-shop", &files);
    for place in [folder.clone(), folder.join("deploy")] {
        let here = run_in(&place, &["init", "--from", ".", "-"]);
        assert!(here.out.contains("name: book-shop\n"), "{}{}", here.err, here.out);
    }
}

#[test]
fn a_template_says_on_which_machine_its_broker_runs() {
    let template = "Resources:\n  Broker: { Type: AWS::AmazonMQ::Broker, Properties: { EngineType: RABBITMQ, HostInstanceType: mq.m5.large } }\n  F: { Type: AWS::Lambda::Function, Properties: { Environment: { Variables: { B: !Ref Broker } } } }\n";
    let folder = folder("here/mail-shop", &[("template.yaml", template)]);
    let here = run_in(&folder, &["init", "--from", ".", "-"]);
    assert!(here.out.contains("memory: 8 GB"), "{}{}", here.err, here.out);
}
