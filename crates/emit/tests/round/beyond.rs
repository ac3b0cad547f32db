//! What code may use beside what it calls, layers, and answers that come piece by piece: kept or told, wherever it goes.

use model::{Allowed, App, Blueprint, Setting, Topic, Trigger};
use source::SourceMap;

use crate::functions::{text, there_and_back, written};
use crate::{corpora, keep, read, stores, terraform};

const TEMPLATE: &str = "
AWSTemplateFormatVersion: '2010-09-09'
Transform: AWS::Serverless-2016-10-31
Resources:
  Api:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: nodejs22.x
      Handler: app.handler
      CodeUri: api/
      Environment: { Variables: { PLACE: !Ref AWS::Region, TOPIC: !Sub 'arn:aws:sns:${AWS::Region}:${AWS::AccountId}:t' } }
      Layers: [!Sub 'arn:aws:lambda:${AWS::Region}:753240598075:layer:LambdaAdapterLayerX86:24', !Ref Own]
      FunctionUrlConfig: { AuthType: NONE, InvokeMode: RESPONSE_STREAM }
      Policies:
        - AmazonBedrockLimitedAccess
        - DynamoDBCrudPolicy: { TableName: !Ref Orders }
        - Statement:
            - { Effect: Allow, Action: 'bedrock:InvokeModel', Resource: '*' }
            - { Effect: Allow, Action: 'ssm:GetParameter', Resource: !Sub 'arn:aws:ssm:${AWS::Region}:${AWS::AccountId}:parameter/x' }
            - { Effect: Allow, Action: 'sns:Publish', Resource: !Ref Topic }
  Orders: { Type: AWS::Serverless::SimpleTable }
  Own: { Type: AWS::Serverless::LayerVersion, Properties: { ContentUri: layer/ } }
  Topic: { Type: AWS::SNS::Topic }
";

/// What is kept of each function, without what no target can write.
fn kept(app: &App) -> Vec<String> {
    let own = |blueprint: &Blueprint| {
        let rights = blueprint.rights.iter().map(|right| &right.allowed);
        let rights: Vec<_> = rights.filter(|a| !matches!(a, Allowed::Other(_))).collect();
        let layers = blueprint.layers.iter().filter(|layer| matches!(layer, Setting::Plain(_)));
        let layers: Vec<_> = layers.collect();
        format!("{rights:?} {layers:?} {}", blueprint.streams_answers)
    };
    let functions =
        app.components.iter().filter(|component| component.kind != model::Kind::Stateful);
    let mut all: Vec<String> =
        functions.filter_map(|component| component.blueprint.as_deref()).map(own).collect();
    all.retain(|own| own != "[] [] false");
    all.sort();
    all
}

/// As functions behind URLs where they have them.
fn placed(app: &App) -> Vec<model::Placement> {
    let mut placements = stores::placed(app);
    for (placement, component) in placements.iter_mut().zip(&app.components) {
        let streams = component.blueprint.as_ref().is_some_and(|b| b.streams_answers);
        if let model::Settings::Function(function) = &mut placement.configured
            && streams
        {
            function.front_door = model::FrontDoor::FunctionUrl;
        }
    }
    placements
}

fn round(app: &App, sources: &SourceMap) {
    for (target, back) in there_and_back(app, &placed(app), sources, "beyond") {
        assert_eq!(kept(&back), kept(app), "{target} of {}", app.name);
    }
}

const GUARDED: &str = "
AWSTemplateFormatVersion: '2010-09-09'
Transform: AWS::Serverless-2016-10-31
Resources:
  Door: { Type: AWS::Serverless::Api, Properties: { StageName: live, Auth: { DefaultAuthorizer: Users } } }
  Api:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: nodejs22.x
      Handler: app.handler
      CodeUri: api/
      DeadLetterQueue: { Type: SQS, TargetArn: !GetAtt Lost.Arn }
      Events: { Http: { Type: Api, Properties: { Path: /a, Method: GET, RestApiId: !Ref Door } } }
  Open:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: nodejs22.x
      Handler: app.handler
      CodeUri: open/
      Events: { Http: { Type: Api, Properties: { Path: /b, Method: GET, RestApiId: !Ref Door, Auth: { Authorizer: NONE } } } }
  Work:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: nodejs22.x
      Handler: app.handler
      CodeUri: work/
      Events: { Jobs: { Type: SQS, Properties: { Queue: !GetAtt Jobs.Arn, BatchSize: 7, MaximumBatchingWindowInSeconds: 3, ScalingConfig: { MaximumConcurrency: 9 }, FunctionResponseTypes: [ReportBatchItemFailures], FilterCriteria: { Filters: [{ Pattern: '{}' }] } } } }
  Jobs: { Type: AWS::SQS::Queue, Properties: { VisibilityTimeout: 90, RedrivePolicy: { deadLetterTargetArn: !GetAtt Lost.Arn, maxReceiveCount: 4 } } }
  Lost: { Type: AWS::SQS::Queue }
";

#[test]
fn what_has_no_place_is_told() {
    let (app, sources) = read("shop/template.yaml", GUARDED.as_bytes()).unwrap();
    for target in ["sam", "serverless"] {
        let emitted = written(target, &app, &placed(&app), &sources);
        let of = |id: &str| {
            let start = format!("{id}: its definition says more than is written: ");
            told(&emitted).iter().find_map(|m| m.strip_prefix(start.as_str()).map(str::to_owned))
        };
        assert_eq!(
            of("Api").as_deref(),
            Some(
                "where runs go that failed (`DeadLetterQueue`); who may call it: its API asks for a login, and what is written does not"
            )
        );
        assert_eq!(of("Open"), None);
        assert_eq!(of("Work").as_deref(), Some("which messages it is for (`FilterCriteria`)"));
    }
}

#[test]
fn messages_are_taken_as_before() {
    let (app, sources) = read("shop/template.yaml", GUARDED.as_bytes()).unwrap();
    let events = |app: &App| {
        let mut events = app.component("Work").unwrap().events.clone().unwrap();
        events.span = None;
        events
    };
    let own = events(&app);
    assert_eq!((own.batch, own.concurrency, own.receives_max), (Some(7), Some(9), Some(4)));
    assert_eq!(own.window, Some(units::Duration::from_secs(3)));
    assert_eq!(own.visibility, Some(units::Duration::from_secs(90)));
    assert!(own.partial);
    for (target, back) in there_and_back(&app, &placed(&app), &sources, "") {
        assert_eq!(events(&back), own, "{target}");
    }
}

const NOTICES: &str = "
AWSTemplateFormatVersion: '2010-09-09'
Transform: AWS::Serverless-2016-10-31
Resources:
  Publisher:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: nodejs22.x
      Handler: app.handler
      CodeUri: a/
      Environment: { Variables: { WHERE: !Ref Sold } }
      Policies: [{ Statement: [{ Effect: Allow, Action: 'sns:Publish', Resource: !Ref Sold }] }]
      Events: { Http: { Type: HttpApi, Properties: { Path: /a, Method: GET } } }
  OnRule:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: nodejs22.x
      Handler: app.handler
      CodeUri: b/
      Events: { R: { Type: EventBridgeRule, Properties: { EventBusName: orders, Pattern: { source: [shop], detail: { total: [{ numeric: ['>', 100] }], paid: [true] } } } } }
  OnTopic:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: nodejs22.x
      Handler: app.handler
      CodeUri: c/
      Events:
        Own: { Type: SNS, Properties: { Topic: !Ref Sold, FilterPolicy: { kind: [book] } } }
        Others: { Type: SNS, Properties: { Topic: !Sub 'arn:aws:sns:${AWS::Region}:111122223333:news' } }
  Late: { Type: AWS::Serverless::Function, Properties: { Runtime: nodejs22.x, Handler: l.h, CodeUri: d/ } }
  Seldom: { Type: AWS::Events::Rule, Properties: { EventPattern: { source: [aws.ec2] }, Targets: [{ Arn: !GetAtt Late.Arn, Id: late }] } }
  Changed: { Type: AWS::Serverless::Function, Properties: { Runtime: nodejs22.x, Handler: l.h, CodeUri: e/ } }
  Changes: { Type: AWS::Events::Rule, Properties: { EventPattern: { source: [aws.ec2] }, Targets: [{ Arn: !GetAtt Changed.Arn, Id: late, Input: '{}' }] } }
  Sold: { Type: AWS::SNS::Topic }
";

fn triggers(app: &App) -> Vec<String> {
    let own = |c: &model::Component| {
        let all = c.blueprint.as_ref().map_or(&[][..], |blueprint| &blueprint.triggers);
        // A topic's name gives way where it is a part's.
        let named = |trigger: &Trigger| match trigger {
            Trigger::Topic { topic: Topic::Own(_), filter } => format!("own topic {filter:?}"),
            Trigger::Topic { .. } | Trigger::Rule { .. } => format!("{trigger:?}"),
        };
        all.iter().map(named).collect::<Vec<_>>()
    };
    let mut all: Vec<String> = app.components.iter().flat_map(own).collect();
    all.sort();
    all
}

/// `what` names what is kept for other programs.
fn triggers_go_round(app: &App, sources: &SourceMap, what: &str) {
    for (target, back) in there_and_back(app, &noticed(app), sources, what) {
        assert_eq!(triggers(&back), triggers(app), "{target} of {}", app.name);
    }
}

/// As functions that notices start where they do.
fn noticed(app: &App) -> Vec<model::Placement> {
    let mut placements = placed(app);
    for (placement, component) in placements.iter_mut().zip(&app.components) {
        let notices = component.events.as_ref().is_some_and(|events| events.notices);
        if let model::Settings::Function(function) = &mut placement.configured
            && notices
            && function.front_door == model::FrontDoor::Queue
        {
            function.front_door = model::FrontDoor::Notice;
        }
    }
    placements
}

#[test]
fn rules_and_topics_start_the_same_functions() {
    let (app, sources) = read("shop/template.yaml", NOTICES.as_bytes()).unwrap();
    assert_eq!(triggers(&app).len(), 4, "{:#?}", triggers(&app));
    // A bus of the account's own is in no test's account.
    triggers_go_round(&app, &sources, "");
    let usual = NOTICES.replace("EventBusName: orders, ", "");
    let (usual, at) = read("shop/template.yaml", usual.as_bytes()).unwrap();
    triggers_go_round(&usual, &at, "notices");
    let emitted = written("sam", &app, &noticed(&app), &sources);
    let template = text(&emitted, "sam/template.yaml");
    assert!(!template.contains("AWS::SQS::Queue"), "nothing waits in a queue: {template}");
    assert_eq!(template.matches("sns:Publish").count(), 1, "{template}");
    assert!(template.contains("Type: AWS::SNS::Topic"), "{template}");
    let said = "Changed: what starts it is not written: EventBridgeRule";
    assert_eq!(told(&emitted).iter().filter(|m| m.contains("not written")).count(), 1);
    assert!(told(&emitted).contains(&said), "{:?}", told(&emitted));
}

#[test]
fn rules_and_topics_of_the_corpora_start_the_same_functions() {
    let mut all = 0;
    let files = corpora(&["sam", "cfn", "serverless"], |path, bytes| {
        let Some((app, sources)) = read(path, bytes) else { return };
        all += triggers(&app).len();
        if !triggers(&app).is_empty() {
            triggers_go_round(&app, &sources, "");
        }
    });
    assert!(files == 0 || all > 20, "{all} rules and topics");
}

fn told(emitted: &emit::Emitted) -> Vec<&str> {
    emitted.findings.iter().map(|finding| finding.message.as_str()).collect()
}

#[test]
fn rights_layers_and_streams_go_along() {
    let (app, sources) = read("shop/template.yaml", TEMPLATE.as_bytes()).unwrap();
    round(&app, &sources);
    let emitted = written("sam", &app, &placed(&app), &sources);
    let template = text(&emitted, "sam/template.yaml");
    // What only the account knows is asked for, and is no made-up number.
    assert!(!template.contains("123456789012"), "{template}");
    assert!(template.contains("PLACE:") && template.contains("Ref: AWS::Region"), "{template}");
    for said in [
        "Api: is not given all that its definition allows it: sns:Publish",
        "Api: its layer Own is not written",
        "Api: its layer arn:aws:lambda:${AWS::Region}:753240598075:layer:LambdaAdapterLayerX86:24 is for the other processor than the plan's",
    ] {
        assert!(told(&emitted).contains(&said), "{said}: {:?}", told(&emitted));
    }
}

#[test]
fn terraform_gives_the_rights_where_it_has_a_role() {
    let (app, sources) = read("shop/template.yaml", TEMPLATE.as_bytes()).unwrap();
    for platform in ["aws/lambda", "aws/fargate"] {
        let placements = terraform::on(&app, platform, "aws/managed");
        let emitted = terraform::emitted(&app, &placements, &sources);
        keep(&format!("beyond {platform}"), &emitted);
        assert_eq!(terraform::faults(&emitted.files), Vec::<String>::new());
        let text: String = emitted.files.iter().map(|file| file.text.as_str()).collect();
        for wanted in [
            "\"bedrock:InvokeModel\"",
            "arn:aws:ssm:somewhere-1:*:parameter/x",
            "arn:aws:iam::aws:policy/AmazonBedrockLimitedAccess",
        ] {
            assert!(text.contains(wanted), "{platform} lacks {wanted}");
        }
        let layer = text.contains("arn:aws:lambda:somewhere-1:753240598075:layer:");
        assert_eq!(layer, platform == "aws/lambda");
    }
    let placements = terraform::on(&app, "gcp/cloud-run", "gcp/managed");
    let emitted = terraform::emitted(&app, &placements, &sources);
    let said = "Api: its code uses services of Amazon's: AmazonBedrockLimitedAccess, bedrock:InvokeModel, ssm:GetParameter, sns:Publish";
    assert!(told(&emitted).contains(&said), "{:?}", told(&emitted));
    assert!(told(&emitted).contains(&"Api: its layers have to be in its image"));
}

#[test]
fn rights_of_the_corpora_go_along() {
    let mut rights = 0;
    let files = corpora(&["sam", "cfn", "serverless"], |path, bytes| {
        let Some((app, sources)) = read(path, bytes) else { return };
        let blueprints = app.components.iter().filter_map(|c| c.blueprint.as_ref());
        let own: usize = blueprints.map(|b| b.rights.len() + b.layers.len()).sum();
        rights += own;
        if own > 0 {
            round(&app, &sources);
        }
    });
    assert!(files == 0 || rights > 100, "{rights} rights");
}
