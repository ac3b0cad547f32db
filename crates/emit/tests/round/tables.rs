//! Tables of keys and values keep the layout that they were declared with, whoever writes them.

use model::{App, Table};
use source::SourceMap;

use crate::functions::there_and_back;
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
      Policies: [{ DynamoDBCrudPolicy: { TableName: !Ref Orders } }, { DynamoDBCrudPolicy: { TableName: !Ref Marks } }]
      Events: { Http: { Type: HttpApi, Properties: { Path: /a, Method: GET } } }
  Orders:
    Type: AWS::DynamoDB::Table
    Properties:
      AttributeDefinitions:
        - { AttributeName: customer, AttributeType: S }
        - { AttributeName: at, AttributeType: N }
        - { AttributeName: state, AttributeType: S }
        - { AttributeName: hash, AttributeType: B }
      KeySchema: [{ AttributeName: customer, KeyType: HASH }, { AttributeName: at, KeyType: RANGE }]
      GlobalSecondaryIndexes:
        - { IndexName: by-state, KeySchema: [{ AttributeName: state, KeyType: HASH }, { AttributeName: at, KeyType: RANGE }], Projection: { ProjectionType: INCLUDE, NonKeyAttributes: [total] } }
      LocalSecondaryIndexes:
        - { IndexName: by-hash, KeySchema: [{ AttributeName: customer, KeyType: HASH }, { AttributeName: hash, KeyType: RANGE }], Projection: { ProjectionType: ALL } }
      TimeToLiveSpecification: { AttributeName: until, Enabled: true }
      StreamSpecification: { StreamViewType: KEYS_ONLY }
  Marks: { Type: AWS::Serverless::SimpleTable, Properties: { PrimaryKey: { Name: mark, Type: Number } } }
";

fn layouts(app: &App) -> Vec<&Table> {
    let blueprints = app.components.iter().filter_map(|c| c.blueprint.as_ref());
    let mut all: Vec<&Table> = blueprints.filter_map(|b| b.table.as_ref()).collect();
    all.sort_by_key(|table| format!("{table:?}"));
    all
}

/// What is written is read again with the same layouts.
fn round(app: &App, sources: &SourceMap) {
    for (target, back) in there_and_back(app, &stores::placed(app), sources, "tables") {
        assert_eq!(layouts(&back), layouts(app), "{target} of {}", app.name);
    }
}

#[test]
fn tables_keep_their_layout() {
    let (app, sources) = read("shop/template.yaml", TEMPLATE.as_bytes()).unwrap();
    let [orders, marks] = layouts(&app)[..] else { panic!("{:?}", layouts(&app)) };
    assert_eq!((marks.key.len(), orders.indexes.len()), (1, 2));
    round(&app, &sources);
}

#[test]
fn terraform_has_the_layout_of_a_table() {
    let (app, sources) = read("shop/template.yaml", TEMPLATE.as_bytes()).unwrap();
    let placements = terraform::on(&app, "aws/lambda", "aws/managed");
    let emitted = terraform::emitted(&app, &placements, &sources);
    keep("tables terraform", &emitted);
    assert_eq!(terraform::faults(&emitted.files), Vec::<String>::new());
    let mut told = emitted.findings.iter().map(|finding| finding.message.as_str());
    assert!(!told.any(|message| message.contains("keys are not known")));
    let json = terraform::json(&emitted);
    let mut orders = json.pointer("/resource/aws_dynamodb_table/orders").unwrap().clone();
    let fields = orders.as_object_mut().unwrap();
    fields.retain(|key, _| !matches!(key.as_str(), "//" | "name" | "billing_mode"));
    let expected = serde_json::json!({
        "hash_key": "customer",
        "range_key": "at",
        "attribute": [
            { "name": "at", "type": "N" },
            { "name": "customer", "type": "S" },
            { "name": "hash", "type": "B" },
            { "name": "state", "type": "S" },
        ],
        "global_secondary_index": [{
            "name": "by-state",
            "key_schema": [
                { "attribute_name": "state", "key_type": "HASH" },
                { "attribute_name": "at", "key_type": "RANGE" },
            ],
            "projection_type": "INCLUDE",
            "non_key_attributes": ["total"],
        }],
        "local_secondary_index": [{ "name": "by-hash", "range_key": "hash", "projection_type": "ALL" }],
        "ttl": { "attribute_name": "until", "enabled": true },
        "stream_enabled": true,
        "stream_view_type": "KEYS_ONLY",
    });
    assert_eq!(orders, expected);
    let marks = json.pointer("/resource/aws_dynamodb_table/marks").unwrap();
    assert_eq!(marks.pointer("/hash_key").unwrap(), "mark");
    assert_eq!(marks.pointer("/attribute/0/type").unwrap(), "N");
}

#[test]
fn tables_of_the_corpora_keep_their_layout() {
    let mut tables = 0;
    let files = corpora(&["sam", "cfn", "serverless"], |path, bytes| {
        let Some((app, sources)) = read(path, bytes) else { return };
        tables += layouts(&app).len();
        if !layouts(&app).is_empty() {
            round(&app, &sources);
        }
    });
    assert!(files == 0 || tables > 50, "{tables} tables");
}
