//! Runs that are cut into steps: state machines of Step Functions in each format, and durable functions in Terraform.

use model::{App, Placement, Settings, WarmHours, Workflow};
use serde_json::{Value, json};
use source::SourceMap;

use crate::functions::{TARGETS, on_lambda, text, written};
use crate::{keep, read, terraform};

const APP: &str = "
name: steps
region: aws/us-east-1
components:
  orders: { kind: http, memory: 256 MB, cpu: 10 ms, load: 300k/month, public: true, calls: [{ to: approval, async: true }] }
  approval: { kind: worker, memory: 512 MB, cpu: 1 s, wait: 6 h, steps: { count: 4, pauses: 2, inside: 0 s, kept: 7 d } }
  closing: { kind: cron, memory: 512 MB, cpu: 1 s, load: { cron: '0 2 * * *' }, steps: { count: 2, pauses: 0 } }
";

fn app() -> (App, SourceMap) {
    read("crossover.yaml", APP.as_bytes()).unwrap()
}

/// Those in steps carried so.
fn carried(app: &App, workflow: Workflow) -> Vec<Placement> {
    let mut placements = on_lambda(app);
    for placement in &mut placements {
        if let Settings::Function(function) = &mut placement.configured {
            function.workflow = (placement.component != "orders").then_some(workflow);
        }
    }
    placements
}

/// The chain of a machine's states, each with its type, the function's step and the seconds that it waits.
fn chain(definition: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let mut name = definition["StartAt"].as_str();
    while let Some(own) = name {
        let state = &definition["States"][own];
        let (step, seconds) = (&state["Parameters"]["Payload"]["step"], &state["Seconds"]);
        found.push(match state["Type"].as_str().unwrap() {
            "Wait" => format!("wait {seconds}"),
            kind => format!("{kind} {step}"),
        });
        name = state["Next"].as_str();
        assert_eq!(state["End"] == true, name.is_none(), "{state}");
    }
    assert_eq!(found.len(), definition["States"].as_object().unwrap().len(), "none is left over");
    found
}

#[test]
fn a_machine_calls_its_function_step_by_step_and_waits_between() {
    let (app, sources) = app();
    for (target, path, _) in TARGETS {
        for (workflow, kind) in [(Workflow::Standard, "STANDARD"), (Workflow::Express, "EXPRESS")] {
            let emitted = written(target, &app, &carried(&app, workflow), &sources);
            keep(&format!("steps {kind} {target}"), &emitted);
            let text = text(&emitted, path);
            let count = |what: &str| text.matches(what).count();
            assert_eq!(count("Type: AWS::StepFunctions::StateMachine"), 2, "{text}");
            assert_eq!(count(&format!("StateMachineType: {kind}")), 2, "{text}");
            assert_eq!(count("Type: Task"), 6, "four steps and two: {text}");
            // Six hours in two waits.
            assert_eq!(count("Seconds: 10800"), 2, "{text}");
            assert_eq!(count("Lambda.TooManyRequestsException"), 6, "each is tried again: {text}");
            assert_eq!(count("Type: AWS::Logs::LogGroup"), 2, "{text}");
            // The caller starts runs, and the clock does.
            assert_eq!(count("states:StartExecution"), 2, "{text}");
            assert!(text.contains("APPROVAL_MACHINE_ARN:"), "{text}");
            assert_eq!(count("ScheduleExpression: \"cron(0 2 * * ? *)\""), 1, "{text}");
            assert_eq!(count("AWS::SQS::Queue"), 0, "no queue is before it: {text}");
            assert_eq!(count("lambda:InvokeFunction"), 2, "each machine its function: {text}");
            let told = |what: &str| emitted.findings.iter().any(|f| f.message.contains(what));
            assert!(told("approval: each of its waits is a clock of 10800 s"), "{target}");
            assert!(told("closing: its code takes the number of the step"), "{target}");
        }
    }
}

#[test]
fn a_machine_that_others_feed_or_whose_steps_others_do_is_told() {
    for (change, reason) in [
        ("steps: { count: 4, elsewhere: 1 }, memory: 512 MB", "whose steps others do"),
        ("steps: { count: 4, pauses: 4000 }, memory: 512 MB", "of more than 200 states"),
        ("memory: 512 MB", "whose steps nobody counts"),
    ] {
        let yaml = format!(
            "name: x\nregion: aws/us-east-1\ncomponents:\n  a: {{ kind: worker, cpu: 1 s, wait: 1 h, load: 1k/month, {change} }}\n"
        );
        let (app, sources) = read("crossover.yaml", yaml.as_bytes()).unwrap();
        let placements = carried(&app, Workflow::Standard);
        let emitted = written("sam", &app, &placements, &sources);
        let told = emitted.findings.iter().any(|f| f.id == "EM010" && f.message.contains(reason));
        assert!(told, "{reason}: {:?}", emitted.findings);
    }
    let yaml = "name: x\nregion: aws/us-east-1\ncomponents:\n  a: { kind: worker, cpu: 1 s, wait: 1 h, steps: 4 }\n  jobs: { kind: stateful, engine: queue, calls: [a] }\n  b: { kind: http, cpu: 1 s, load: 1k/month, public: true, calls: [jobs] }\n";
    let (app, sources) = read("crossover.yaml", yaml.as_bytes()).unwrap();
    let emitted = written("sam", &app, &carried(&app, Workflow::Standard), &sources);
    let reason = "for a state machine behind queue";
    let told = emitted.findings.iter().any(|f| f.id == "EM010" && f.message.contains(reason));
    assert!(told, "{:?}", emitted.findings);
}

#[test]
fn terraform_has_the_same_machines() {
    let (app, sources) = app();
    let emitted = terraform::emitted(&app, &carried(&app, Workflow::Standard), &sources);
    keep("steps terraform", &emitted);
    let root = terraform::json(&emitted);
    let machines = &root["resource"]["aws_sfn_state_machine"];
    assert_eq!(machines["approval"]["type"], "STANDARD");
    let definition = |part: &str| &root["locals"][format!("{part}__machine__definition")];
    let expected = ["Task 1", "Task 2", "wait 10800", "Task 3", "wait 10800", "Task 4"];
    assert_eq!(chain(definition("approval")), expected);
    assert_eq!(chain(definition("closing")), ["Task 1", "Task 2"]);
    let first = &definition("approval")["States"]["Step1"]["Parameters"];
    assert_eq!(first["FunctionName"], "${aws_lambda_function.approval.arn}");
    let start = json!(["states:StartExecution"]);
    let rights = |name: &str| root["locals"][name]["Statement"][0]["Action"].clone();
    assert_eq!(rights("orders__function__rights"), start);
    assert_eq!(rights("closing__clock__rights"), start);
    let variables = &root["resource"]["aws_lambda_function"]["orders"]["environment"]["variables"];
    assert_eq!(variables["APPROVAL_MACHINE_ARN"], "${aws_sfn_state_machine.approval.arn}");
    let clock = &root["resource"]["aws_scheduler_schedule"]["closing"]["target"];
    assert_eq!(clock["arn"], "${aws_sfn_state_machine.closing.arn}");
}

#[test]
fn terraform_has_durable_functions_behind_an_alias() {
    let (app, sources) = app();
    let emitted = terraform::emitted(&app, &carried(&app, Workflow::Durable), &sources);
    keep("steps durable terraform", &emitted);
    let root = terraform::json(&emitted);
    let function = &root["resource"]["aws_lambda_function"]["approval"];
    let config = json!({ "execution_timeout": 31_622_400, "retention_period": 7 });
    let mut found = function["durable_config"].clone();
    found.as_object_mut().unwrap().remove("//");
    assert_eq!((found, &function["publish"]), (config, &true.into()));
    assert!(root["resource"]["aws_lambda_alias"]["approval"].is_object());
    assert!(root["resource"]["aws_sqs_queue"].is_null(), "no queue is before it");
    let variables = &root["resource"]["aws_lambda_function"]["orders"]["environment"]["variables"];
    assert_eq!(variables["APPROVAL_FUNCTION"], "${aws_lambda_alias.approval.arn}");
    let rights = root["locals"]["orders__function__rights"].to_string();
    assert!(rights.contains("lambda:InvokeFunction"), "{rights}");
    let clock = &root["resource"]["aws_scheduler_schedule"]["closing"]["target"];
    assert_eq!(clock["arn"], "${aws_lambda_alias.closing.arn}");
}

#[test]
fn terraform_keeps_environments_ready_by_the_hour() {
    let (app, sources) = app();
    let mut placements = on_lambda(&app);
    if let Settings::Function(function) = &mut placements[0].configured {
        function.provisioned = 4;
        function.warm_hours = Some(WarmHours::new(0, 5, 22, 4));
    }
    let emitted = terraform::emitted(&app, &placements, &sources);
    keep("hours terraform", &emitted);
    let part = placements[0].component.as_str();
    let root = terraform::json(&emitted);
    let target = &root["resource"]["aws_appautoscaling_target"][format!("{part}__ready")];
    assert_eq!((&target["min_capacity"], &target["max_capacity"]), (&0.into(), &4.into()));
    let action = |name: &str| {
        let all = &root["resource"]["aws_appautoscaling_scheduled_action"];
        let action = &all[format!("{part}__{name}")];
        let most = action["scalable_target_action"]["max_capacity"].clone();
        (action["schedule"].as_str().unwrap().to_owned(), most)
    };
    let keep = "cron(0 22 ? * MON,TUE,WED,THU,FRI *)".to_owned();
    let release = "cron(0 2 ? * TUE,WED,THU,FRI,SAT *)".to_owned();
    assert_eq!(action("keep"), (keep, 4.into()));
    assert_eq!(action("release"), (release, 0.into()));
    let always = &root["resource"]["aws_lambda_provisioned_concurrency_config"];
    assert!(always.is_null(), "the schedule sets them: {always}");
}
