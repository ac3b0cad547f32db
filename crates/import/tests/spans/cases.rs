//! A small project for every finding of every importer. `⟦…⟧` is what the first label marks, `⟪…⟫` the second;
//! `§` stands where some variants have letters of several bytes.

use import::findings::{
    BAD_SCHEDULE, BAD_VALUE, CHOSEN, CIRCLE, CONFLICT, NO_DEMAND, NO_FILE, NO_VARIABLE,
    NOT_ONE_APP, NOT_USED, TAKEN, TEMPLATE, TOO_MANY, UNKNOWN_NAME, WRONG_SHAPE,
};
use source::encoding::ENCODING;
use source::yaml::{ALIAS, DUPLICATE_KEY, LIMIT, SYNTAX};

/// One finding that has to be there.
pub(crate) struct Case {
    pub(crate) format: &'static str,
    pub(crate) id: &'static str,
    /// Path and text; the first is the definition.
    pub(crate) files: Vec<(&'static str, String)>,
}

pub(crate) const COMPOSE: &str = "compose";
pub(crate) const KUBERNETES: &str = "Kubernetes";
pub(crate) const SAM: &str = "SAM and CloudFormation";
pub(crate) const SERVERLESS: &str = "serverless.yml";

pub(crate) fn path(format: &str) -> &'static str {
    match format {
        COMPOSE => "compose.yaml",
        KUBERNETES => "web.yaml",
        SAM => "template.yaml",
        _ => "serverless.yml",
    }
}

pub(crate) fn cases() -> Vec<Case> {
    let one = |(format, id, text): &(&'static str, &'static str, &str)| Case {
        format,
        id,
        files: vec![(path(format), (*text).to_owned())],
    };
    let mut all: Vec<Case> = SINGLE.iter().map(one).collect();
    let several = |(format, id, files): &(&'static str, &'static str, Files)| Case {
        format,
        id,
        files: files.iter().map(|(path, text)| (*path, (*text).to_owned())).collect(),
    };
    all.extend(SEVERAL.iter().map(several));
    all.extend(many().into_iter().map(|(format, id, text)| one(&(format, id, &text))));
    for format in [COMPOSE, KUBERNETES, SAM, SERVERLESS] {
        for (id, text) in OF_YAML {
            all.push(one(&(format, id, text)));
        }
        let deep = format!("a: \"§\"\nb: {}⟦[⟧{}\n", "[".repeat(99), "]".repeat(100));
        all.push(one(&(format, LIMIT, &deep)));
    }
    all
}

type Files = &'static [(&'static str, &'static str)];

const OF_YAML: &[(&str, &str)] = &[
    (SYNTAX, "a: \"§\"\nb: x⟦:⟧ c\n"),
    (SYNTAX, "a: { \"§\": 1 }\nb: ⟦[⟧1, 2\n"),
    (SYNTAX, "a: \"§\" # §\nb: ⟦@⟧x\n"),
    (DUPLICATE_KEY, "\"§a\": { \"§\": 1, ⟪b⟫: 1, ⟦\"b\"⟧: 2 }\n"),
    (DUPLICATE_KEY, "⟪a⟫: \"§\"\n⟦a⟧: 2 # §\n"),
    (ALIAS, "a: { \"§\": ⟦*nobody⟧ }\n"),
    (ALIAS, "a: { \"§\": 1, b: &self ⟪[⟦*self⟧]⟫ }\n"),
    (ALIAS, "a: { \"§\": 1, <<: ⟦5⟧ }\n"),
    (ENCODING, "a: \"§⟦\0⟧\"\n"),
];

const SINGLE: &[(&str, &str, &str)] = &[
    // Compose.
    (COMPOSE, NOT_ONE_APP, "⟦⟧x-a: 1\n"),
    (COMPOSE, WRONG_SHAPE, "services: ⟦[a, \"§\", b]⟧\n"),
    (
        COMPOSE,
        NOT_USED,
        "services:\n  a: { image: \"§x\" }\n  ⟦b⟧: { image: x, profiles: [dev] }\n",
    ),
    (COMPOSE, NOT_USED, "services: { w: { labels: [\"§\"], image: ⟦\"nginx:1\"⟧ } }\n"),
    (COMPOSE, BAD_VALUE, "services: { w: { image: \"§w\", ports: [80, ⟦'80:x'⟧, \"§\"] } }\n"),
    (COMPOSE, BAD_VALUE, "services: { w: { image: \"§w\", ports: [⟦{ published: 80 }⟧] } }\n"),
    (
        COMPOSE,
        BAD_VALUE,
        "services:\n  w:\n    image: \"§w\" # §\n    ports:\n      - ⟦8o⟧ # §\n      - \"§\"\n",
    ),
    (COMPOSE, BAD_VALUE, "services: { w: { image: \"§w\", mem_limit: ⟦\"many\"⟧ } }\n"),
    (
        COMPOSE,
        BAD_VALUE,
        "services: { w: { image: \"§w\", deploy: { resources: { limits: { cpus: ⟦x⟧ } } } } }\n",
    ),
    (COMPOSE, NO_VARIABLE, "services: { w: { image: \"§w:⟦${TAG}⟧-x\" } }\n"),
    (COMPOSE, NO_VARIABLE, "services: { w: { image: §w:⟦$TAG⟧ } }\n"),
    (COMPOSE, NO_VARIABLE, "services: { w: { image: w, command: \"§ ${A:-⟦${TAG}⟧} §\" } }\n"),
    (
        COMPOSE,
        NO_VARIABLE,
        "services:\n  w:\n    image: w\n    command: >\n      run §\n      --to ⟦${TAG:?must be set}⟧\n      now\n",
    ),
    (COMPOSE, NO_FILE, "services: { w: { image: \"§w\", env_file: [{ path: ⟦'no.env'⟧ }] } }\n"),
    (COMPOSE, NO_FILE, "include: [⟦../other.yaml⟧]\nservices: { w: { image: \"§w\" } }\n"),
    (COMPOSE, NO_FILE, "services: { w: { image: \"§w\", extends: ⟦{ service: none }⟧ } }\n"),
    (
        COMPOSE,
        CIRCLE,
        "services:\n  a: { image: \"§w\", extends: { service: b } }\n  b: { extends: ⟦{ service: a }⟧ }\n",
    ),
    (COMPOSE, CIRCLE, "include: [\"§\", ⟦compose.yaml⟧]\nservices: { a: { image: b } }\n"),
    (COMPOSE, UNKNOWN_NAME, "services: { w: { image: \"§w\", configs: [⟦lost⟧] } }\n"),
    (
        COMPOSE,
        BAD_SCHEDULE,
        "services: { w: { image: \"§w\", labels: { kompose.cronjob.schedule: ⟦\"now and then\"⟧ } } }\n",
    ),
    (
        COMPOSE,
        BAD_SCHEDULE,
        "services: { w: { image: \"§w\", labels: [\"§=1\", ⟦'kompose.cronjob.schedule=61 * * * *'⟧] } }\n",
    ),
    (COMPOSE, BAD_VALUE, "services: { w: { image: \"§w\", expose: [\"80\", ⟦eighty⟧] } }\n"),
    (COMPOSE, TOO_MANY, "services: { w: { image: \"§w\", ports: [⟦\"1000-1064:1000-1064\"⟧] } }\n"),
    (COMPOSE, NOT_USED, "services: { w: { image: \"§w\", ports: [80, ⟦81/sctp⟧] } }\n"),
    (COMPOSE, NOT_USED, "services: { w: { image: \"§w\", healthcheck: { disable: ⟦true⟧ } } }\n"),
    // Kubernetes.
    (KUBERNETES, NOT_ONE_APP, "⟦⟧apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a }\n"),
    (
        KUBERNETES,
        CHOSEN,
        "apiVersion: v1\nkind: Pod\nmetadata: { name: \"§w\" }\nspec: { containers: [⟦{ name: a, image: a }⟧, { name: b, image: b }] }\n",
    ),
    (
        KUBERNETES,
        TAKEN,
        "apiVersion: v1\nkind: Pod\nmetadata: { name: \"§w\" }\nspec: { containers: [{ name: a, image: a }], initContainers: [⟦{ name: b, image: b }⟧] }\n",
    ),
    (KUBERNETES, NOT_USED, "⟦⟧apiVersion: v1\nkind: Namespace\nmetadata: { name: a }\n"),
    (
        KUBERNETES,
        NOT_USED,
        "apiVersion: apps/v1\nkind: DaemonSet\nmetadata: { labels: { a: \"§\" }, name: ⟦agent⟧ }\nspec: { template: { spec: { containers: [] } } }\n",
    ),
    (
        KUBERNETES,
        NOT_USED,
        "apiVersion: v1\nkind: Pod\nmetadata: { name: a }\nspec: { containers: [{ name: \"§\", image: ⟦nginx⟧ }] }\n",
    ),
    (
        KUBERNETES,
        NOT_USED,
        "apiVersion: v1\nkind: Pod\nmetadata: { name: a }\nspec: { containers: [] }\n---\napiVersion: keda.sh/v1alpha1\nkind: ScaledObject\nmetadata: { name: \"§\" }\nspec: { scaleTargetRef: { name: a }, triggers: [⟦{ type: cron, metadata: { timezone: \"§\" } }⟧] }\n",
    ),
    (
        KUBERNETES,
        WRONG_SHAPE,
        "apiVersion: v1\nkind: Pod\nmetadata: { name: \"§\" }\nspec: { containers: [] }\n---\n⟦a: \"§\"⟧\n",
    ),
    (
        KUBERNETES,
        BAD_VALUE,
        "apiVersion: v1\nkind: Pod\nmetadata: { name: a }\nspec: { containers: [{ name: \"§\", resources: { requests: { cpu: ⟦'lots'⟧ } } }] }\n",
    ),
    (
        KUBERNETES,
        BAD_VALUE,
        "apiVersion: v1\nkind: Pod\nmetadata: { name: a }\nspec:\n  containers:\n    - name: \"§\"\n      resources:\n        limits:\n          memory: ⟦512Qi⟧ # §\n",
    ),
    (
        KUBERNETES,
        BAD_VALUE,
        "apiVersion: v1\nkind: Pod\nmetadata: { name: a }\nspec: { containers: [] }\n---\napiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: { name: \"§\" }\nspec: { scaleTargetRef: { name: a }, metrics: [⟦{ type: \"§x\" }⟧] }\n",
    ),
    (
        KUBERNETES,
        BAD_VALUE,
        "apiVersion: v1\nkind: Pod\nmetadata: { name: a }\nspec: { containers: [] }\n---\napiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: { name: \"§\" }\nspec: { scaleTargetRef: { name: a }, metrics: [⟦{ type: Resource, resource: { name: cpu, target: { x: \"§\" } } }⟧] }\n",
    ),
    (
        KUBERNETES,
        CONFLICT,
        "apiVersion: v1\nkind: Pod\nmetadata: { labels: { a: \"§\" }, name: ⟪a⟫ }\nspec: { containers: [] }\n---\napiVersion: v1\nkind: Pod\nmetadata: { labels: { a: \"§\" }, name: ⟦a⟧ }\nspec: { containers: [] }\n",
    ),
    (
        KUBERNETES,
        TEMPLATE,
        "apiVersion: v1\nkind: Pod\nmetadata:\n  labels: { a: \"§\" } # §\n  name: ⟦{{⟧ .Values.name }}\n",
    ),
    (
        KUBERNETES,
        BAD_SCHEDULE,
        "apiVersion: batch/v1\nkind: CronJob\nmetadata: { name: a }\nspec: { x: \"§\", schedule: ⟦\"61 * * * *\"⟧, jobTemplate: { spec: { template: { spec: { containers: [] } } } } }\n",
    ),
    (
        KUBERNETES,
        NOT_USED,
        "apiVersion: batch/v1\nkind: CronJob\nmetadata: { name: a }\nspec: { x: \"§\", timeZone: ⟦Europe/Berlin⟧, schedule: \"1 * * * *\", jobTemplate: { spec: { template: { spec: { containers: [] } } } } }\n",
    ),
    (
        KUBERNETES,
        NOT_USED,
        "apiVersion: batch/v1\nkind: CronJob\nmetadata: { name: a }\nspec: { x: \"§\", suspend: ⟦true⟧, schedule: \"1 * * * *\", jobTemplate: { spec: { template: { spec: { containers: [] } } } } }\n",
    ),
    (
        KUBERNETES,
        NOT_USED,
        "apiVersion: v1\nkind: Pod\nmetadata: { name: a }\nspec: { containers: [{ name: \"§\", livenessProbe: { grpc: ⟦{ port: 80, service: \"§\" }⟧ } }] }\n",
    ),
    (
        KUBERNETES,
        NOT_USED,
        "apiVersion: v1\nkind: Pod\nmetadata: { name: a }\nspec: { containers: [{ name: \"§\", envFrom: [⟦{ secretRef: { name: \"§s\" } }⟧] }] }\n",
    ),
    // SAM and CloudFormation.
    (
        SAM,
        NO_DEMAND,
        "Resources: { ⟦A⟧: { Type: AWS::Serverless::StateMachine, Properties: { X: \"§\", Definition: { StartAt: W, States: { W: { Type: Wait, SecondsPath: $.x, End: true } } } } } }\n",
    ),
    (
        SAM,
        NOT_USED,
        "Resources: { T: { Type: AWS::ECS::TaskDefinition, Properties: { ContainerDefinitions: [{ Image: \"§\", EnvironmentFiles: ⟦[{ Value: x }]⟧ }] } } }\n",
    ),
    (
        SAM,
        NOT_USED,
        "Resources: { F: { Type: AWS::Serverless::Function, Properties: { Handler: \"§\", Events: { C: { Type: ScheduleV2, Properties: { ScheduleExpression: rate(1 hour), ScheduleExpressionTimezone: ⟦\"Europe/Berlin\"⟧ } } } } } }\n",
    ),
    (
        SAM,
        NOT_USED,
        "Resources: { F: { Type: AWS::Serverless::Function, Properties: { Handler: \"§\", Events: { C: { Type: Schedule, Properties: { Schedule: rate(1 hour), Enabled: ⟦false⟧ } } } } } }\n",
    ),
    (
        SAM,
        NOT_USED,
        "Resources: { F: { Type: AWS::Serverless::Function, Properties: { Handler: \"§\", Events: { C: { Type: Schedule, Properties: { Schedule: rate(1 hour) } }, D: { Type: Schedule, Properties: { Name: \"§\", Schedule: ⟦rate(1 day)⟧ } } } } } }\n",
    ),
    (SAM, NOT_ONE_APP, "⟦⟧Resources: { A: { Type: \"AWS::IAM::Role\" } }\n"),
    (SAM, NOT_USED, "⟦⟧Resources: { A: { Type: \"AWS::IAM::Role\" } }\n"),
    (
        SAM,
        NOT_USED,
        "Transform: [AWS::Serverless-2016-10-31, ⟦\"§Mine\"⟧]\nResources: { A: { Type: AWS::SQS::Queue } }\n",
    ),
    (
        SAM,
        NOT_USED,
        "Conditions: { No: !Equals [\"§\", b] }\nResources: { \"§\": { Type: AWS::SQS::Queue }, ⟦A⟧: { Type: AWS::SQS::Queue, Condition: No } }\n",
    ),
    (
        SAM,
        NOT_USED,
        "Resources: { F: { Type: AWS::Lambda::Function, Properties: { Handler: \"§\", FileSystemConfigs: ⟦[{ Arn: \"§\" }]⟧ } } }\n",
    ),
    (SAM, WRONG_SHAPE, "Metadata: \"§\"\nResources: ⟦[A, \"§\"]⟧\n"),
    (
        SAM,
        WRONG_SHAPE,
        "Resources: { B: { Type: \"AWS::SQS::Queue\" }, ⟦A⟧: { Properties: {} } }\n",
    ),
    (
        SAM,
        BAD_VALUE,
        "Resources: { F: { Type: AWS::Lambda::Function, Properties: { Handler: \"§\", MemorySize: ⟦\"12 MB\"⟧ } } }\n",
    ),
    (
        SAM,
        BAD_VALUE,
        "Parameters: { P: { Type: Number } }\nResources: { F: { Type: AWS::Lambda::Function, Properties: { Handler: \"§\", Timeout: ⟦!Ref P⟧ } } }\n",
    ),
    (
        SAM,
        BAD_VALUE,
        "Parameters: { P: { Type: Number } }\nResources: { F: { Type: AWS::Lambda::Function, Properties: { Handler: \"§\", Timeout: ⟦{ Ref: P }⟧ } } }\n",
    ),
    (
        SAM,
        UNKNOWN_NAME,
        "Resources: { F: { Type: AWS::Lambda::Function, Properties: { Handler: \"§\", Runtime: ⟦'cobol85'⟧ } } }\n",
    ),
    (
        SAM,
        BAD_SCHEDULE,
        "Resources: { F: { Type: AWS::Serverless::Function, Properties: { Handler: \"§\", Events: { \"§C\": { Type: Schedule, Properties: { Schedule: ⟦\"sometimes\"⟧ } } } } } }\n",
    ),
    (
        SAM,
        BAD_SCHEDULE,
        "Resources: { F: { Type: AWS::Lambda::Function, Properties: { Handler: \"§\" } }, R: { Type: AWS::Events::Rule, Properties: { Name: \"§\", ScheduleExpression: ⟦often⟧, Targets: [{ Arn: !GetAtt F.Arn }] } } }\n",
    ),
    (
        SAM,
        NO_FILE,
        "Resources: { A: { Type: AWS::Serverless::Application, Properties: { X: \"§\", Location: ⟦\"none.yaml\"⟧ } } }\n",
    ),
    (
        SAM,
        CIRCLE,
        "Resources: { A: { Type: AWS::Serverless::Application, Properties: { X: \"§\", Location: ⟦template.yaml⟧ } } }\n",
    ),
    (
        SAM,
        CHOSEN,
        "Resources: { T: { Type: AWS::ECS::TaskDefinition, Properties: { Family: \"§\", ContainerDefinitions: [{ Name: p, Image: nginx }, ⟦{ Name: w, Image: w }⟧] } } }\n",
    ),
    (
        SAM,
        TAKEN,
        "Resources: { T: { Type: AWS::ECS::TaskDefinition, Properties: { Family: \"§\", ContainerDefinitions: [{ Name: w, Image: w, DependsOn: [{ ContainerName: b, Condition: SUCCESS }] }, ⟦{ Name: b, Image: b, Essential: false }⟧] } } }\n",
    ),
    // serverless.yml.
    (SERVERLESS, NOT_ONE_APP, "⟦⟧service: a\nprovider: aws\n"),
    (
        SERVERLESS,
        NOT_USED,
        "service: \"§\"\nprovider: { stage: \"§\", name: ⟦google⟧ }\nfunctions: { f: { handler: a } }\n",
    ),
    (
        SERVERLESS,
        BAD_VALUE,
        "service: a\nprovider: aws\nfunctions: { f: { handler: \"§\", memorySize: ⟦'many'⟧ } }\n",
    ),
    (
        SERVERLESS,
        BAD_VALUE,
        "service: a\nprovider: { name: aws, stage: \"§\", timeout: ⟦9000⟧ }\nfunctions: { f: { handler: a } }\n",
    ),
    (
        SERVERLESS,
        UNKNOWN_NAME,
        "service: a\nprovider: aws\nfunctions: { f: { handler: \"§\", runtime: ⟦cobol85⟧ } }\n",
    ),
    (
        SERVERLESS,
        BAD_SCHEDULE,
        "service: a\nprovider: aws\nfunctions: { f: { handler: \"§\", events: [{ schedule: { name: \"§\", rate: ⟦often⟧ } }] } }\n",
    ),
    (
        SERVERLESS,
        BAD_SCHEDULE,
        "service: a\nprovider: aws\nfunctions: { f: { handler: \"§\", events: [{ schedule: ⟦rate(5 fortnights)⟧ }] } }\n",
    ),
    (
        SERVERLESS,
        NOT_USED,
        "service: a\nprovider: aws\nfunctions: { f: { handler: \"§\", events: [{ schedule: { rate: [rate(1 hour), ⟦rate(1 day)⟧], enabled: true } }] } }\n",
    ),
    (
        SERVERLESS,
        NOT_USED,
        "service: a\nprovider: aws\nfunctions: { f: { handler: \"§\", events: [{ httpApi: \"*\" }, { schedule: ⟦rate(1 hour)⟧ }] } }\n",
    ),
    (
        SERVERLESS,
        NO_VARIABLE,
        "service: a\nprovider: { name: aws, stage: \"§\" }\nfunctions: { f: { handler: \"§⟦${ssm:/x}⟧-y\" } }\n",
    ),
    (
        SERVERLESS,
        NO_VARIABLE,
        "service: a\nprovider: { name: aws, stage: \"§\" }\nfunctions: { f: { handler: \"⟦${env:X}⟧\" } }\n",
    ),
    (
        SERVERLESS,
        NO_FILE,
        "service: a\nprovider: aws\ncustom: { a: \"§\", b: \"§${file(⟦none.yml⟧):x}\" }\n",
    ),
    (
        SERVERLESS,
        NO_FILE,
        "service: a\nprovider: aws\ncustom: { a: \"§\", b: '${file(⟦../none.yml⟧)}' }\n",
    ),
    (
        SERVERLESS,
        CIRCLE,
        "service: a\nprovider: aws\ncustom: { \"§\": 1, a: ⟦'${self:custom.b}'⟧, b: '${self:custom.a}' }\n",
    ),
    (
        SERVERLESS,
        WRONG_SHAPE,
        "service: a\nprovider: aws\nfunctions: { f: { handler: \"§\" } }\nresources: { Description: \"§\", Resources: ⟦[\"§\"]⟧ }\n",
    ),
];

/// Projects of several files, and files of several megabytes.
const SEVERAL: &[(&str, &str, Files)] = &[
    (
        COMPOSE,
        NOT_USED,
        &[
            ("compose.yaml", "services: { w: { image: w } }\n"),
            ("docker-compose.prod.yaml", "⟦⟧services: { w: { image: \"§\" } }\n"),
        ],
    ),
    (
        COMPOSE,
        BAD_VALUE,
        &[
            ("compose.yaml", "services: { w: { extends: { file: sub/base.yaml, service: b } } }\n"),
            ("sub/base.yaml", "services: { b: { image: \"§\", mem_limit: ⟦x⟧ } }\n"),
        ],
    ),
    (
        COMPOSE,
        NO_FILE,
        &[
            ("compose.yaml", "include: [sub/more.yaml]\nservices: { w: { image: w } }\n"),
            ("sub/more.yaml", "include: [\"§\", ⟦none.yaml⟧]\n"),
        ],
    ),
    (
        KUBERNETES,
        CONFLICT,
        &[
            (
                "base/a.yaml",
                "apiVersion: v1\nkind: Pod\nmetadata: { name: a }\nspec: { containers: [] }\n",
            ),
            (
                "prod/a.yaml",
                "⟦⟧apiVersion: v1\nkind: Pod\nmetadata: { name: a }\nspec: { containers: [] }\n",
            ),
        ],
    ),
    (
        SERVERLESS,
        BAD_VALUE,
        &[
            (
                "serverless.yml",
                "service: a\nprovider: aws\nfunctions: { f: { handler: \"§\", timeout: \"${file(sub/c.yml):time}\" } }\n",
            ),
            ("sub/c.yml", "note: \"§\"\ntime: ⟦soon⟧\n"),
        ],
    ),
    (
        SAM,
        BAD_VALUE,
        &[
            (
                "template.yaml",
                "Resources: { A: { Type: AWS::Serverless::Application, Properties: { Location: sub/t.yaml } } }\n",
            ),
            (
                "sub/t.yaml",
                "Resources: { F: { Type: AWS::Lambda::Function, Properties: { Handler: \"§\", Timeout: ⟦9000⟧ } } }\n",
            ),
        ],
    ),
];

/// What is only said of very much.
fn many() -> Vec<(&'static str, &'static str, String)> {
    let mut services = String::from("services:\n");
    let mut resources = String::from("Resources:\n");
    let mut functions = String::from("service: a\nprovider: aws\nfunctions:\n");
    for n in 0..1000 {
        resources += &format!("  R{n}: {{ Type: \"AWS::SQS::Queue\" }}\n");
        if n < 500 {
            services += &format!("  s{n}: {{ image: \"§\" }}\n");
            functions += &format!("  f{n}: {{ handler: \"§\" }}\n");
        }
    }
    services += "  ⟦more⟧: { image: x }\n";
    resources += "  ⟦More⟧: { Type: \"AWS::SQS::Queue\" }\n";
    functions += "  ⟦more⟧: { handler: x }\n";
    let stores = format!(
        "service: a\nprovider: aws\nresources:\n  {}",
        resources.replace('\n', "\n  ").trim_end()
    );
    let mut objects = "{ apiVersion: v1, kind: \"§\" }\n---\n".repeat(20_000);
    objects += "⟦{ apiVersion: v1, kind: \"§Pod\" }⟧\n";
    vec![
        (COMPOSE, TOO_MANY, services),
        (SAM, TOO_MANY, resources),
        (SERVERLESS, TOO_MANY, functions),
        (SERVERLESS, TOO_MANY, stores + "\n"),
        (KUBERNETES, TOO_MANY, objects),
    ]
}
