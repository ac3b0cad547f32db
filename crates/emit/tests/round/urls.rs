//! Functions behind URLs of their own: who may call them, in each format.

use model::{App, CallKind, Edge, Fact, FrontDoor, Placement, Settings};
use source::SourceMap;

use crate::functions::{TARGETS, on_lambda, text, written};
use crate::{keep, read, terraform};

const APP: &str = "
name: urls
region: aws/us-east-1
components:
  hooks: { kind: http, memory: 512 MB, duration: 300 ms, load: 3M/month, public: true, calls: [prices] }
  prices: { kind: http, memory: 512 MB, duration: 300 ms, calls: [tax] }
  tax: { kind: http, memory: 512 MB, duration: 300 ms }
";

/// The application with a call that closes a circle, which no definition of ours may have.
fn app() -> (App, SourceMap) {
    let (mut app, sources) = read("crossover.yaml", APP.as_bytes()).unwrap();
    app.edges.push(Edge {
        from: "tax".to_owned(),
        to: "prices".to_owned(),
        calls_per_request: 1.0,
        bytes: Fact::Unknown,
        kind: CallKind::Sync,
        origin: None,
    });
    (app, sources)
}

/// All behind URLs, the first one with environments that are kept ready.
fn placed(app: &App) -> Vec<Placement> {
    let mut placements = on_lambda(app);
    for placement in &mut placements {
        if let Settings::Function(function) = &mut placement.configured {
            function.front_door = FrontDoor::FunctionUrl;
            function.provisioned = u32::from(placement.component == "hooks");
        }
    }
    placements
}

#[test]
fn an_open_url_has_both_rights_and_the_others_are_for_callers_that_sign() {
    let (app, sources) = app();
    for (target, path, _) in TARGETS {
        let emitted = written(target, &app, &placed(&app), &sources);
        keep(&format!("urls {target}"), &emitted);
        let text = text(&emitted, path);
        let count = |what: &str| text.matches(what).count();
        if target == "sam" {
            // The transform adds both rights of an open one.
            assert_eq!((count(" AuthType: NONE"), count(" AuthType: AWS_IAM")), (1, 2), "{text}");
        } else {
            assert_eq!((count("url: true"), count("authorizer: aws_iam")), (1, 2), "{text}");
            assert_eq!(count("InvokedViaFunctionUrl: true"), 1, "of the open one: {text}");
            assert!(text.contains("Ref: HooksProvConcLambdaAlias"), "of its alias: {text}");
        }
        for call in ["hooks calls prices", "prices calls tax", "tax calls prices"] {
            assert_eq!(count(call), 2, "{call}: the right to each of two actions: {text}");
        }
        assert_eq!(count("lambda:FunctionUrlAuthType: AWS_IAM"), 3, "{text}");
        assert_eq!(count("lambda:InvokedViaFunctionUrl: \"true\""), 3, "{text}");
        assert_eq!(count("Type: AWS::IAM::Policy"), 2, "what goes round stands apart: {text}");
        assert_eq!(count("PRICES_URL:"), 1, "the one who does not stand in the circle: {text}");
        let told = |id: &str| {
            let message = format!("{id}: its URL takes signed requests only");
            emitted.findings.iter().any(|f| f.message.starts_with(&message))
        };
        assert_eq!((told("prices"), told("hooks")), (true, false), "{:?}", emitted.findings);
    }
}

#[test]
fn terraform_gives_both_rights_too() {
    let (app, sources) = app();
    let emitted = terraform::emitted(&app, &placed(&app), &sources);
    keep("urls terraform", &emitted);
    let root = terraform::json(&emitted);
    let url = |name: &str| root["resource"]["aws_lambda_function_url"][name].clone();
    assert_eq!(url("hooks")["authorization_type"], "NONE");
    assert_eq!(url("prices")["authorization_type"], "AWS_IAM");
    let permissions = root["resource"]["aws_lambda_permission"].as_object().unwrap();
    let names: Vec<&str> = permissions.keys().map(String::as_str).collect();
    assert_eq!(names, ["hooks__url", "hooks__url_call"]);
    let (url, call) = (&permissions["hooks__url"], &permissions["hooks__url_call"]);
    assert_eq!(url["action"], "lambda:InvokeFunctionUrl");
    assert_eq!(url["function_url_auth_type"], "NONE");
    assert_eq!(call["action"], "lambda:InvokeFunction");
    assert_eq!(call["invoked_via_function_url"], true);
    assert!(call["qualifier"].is_string(), "an alias has a policy of its own: {call}");
    let rights = root["locals"]["hooks__function__rights"]["Statement"].as_array().unwrap();
    let conditions: Vec<String> = rights.iter().map(|r| r["Condition"].to_string()).collect();
    let expected = [
        r#"{"StringEquals":{"lambda:FunctionUrlAuthType":"AWS_IAM"}}"#,
        r#"{"Bool":{"lambda:InvokedViaFunctionUrl":"true"}}"#,
    ];
    assert_eq!(conditions, expected);
}
