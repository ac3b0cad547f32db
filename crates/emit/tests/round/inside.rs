//! Databases and caches in the stack of the functions that call them.

use model::{App, Placement, Settings};
use source::SourceMap;

use crate::functions::{TARGETS, text, written};
use crate::stores::placed;
use crate::{keep, read};

const APP: &str = "
name: inside
region: aws/us-east-1
components:
  api: { kind: http, memory: 512 MB, duration: 300 ms, load: 3M/month, public: true, calls: [db, cache, orders] }
  worker: { kind: worker, needs: [private-network], memory: 1 GB, cpu: 900 ms, load: 3M/month, calls: [db, documents, sessions] }
  report: { kind: cron, memory: 1 GB, cpu: 900 ms, load: { cron: '0 2 * * *' } }
  db: { kind: stateful, engine: postgres, memory: 4 GB, storage: 70 GB }
  cache: { kind: stateful, engine: valkey, memory: 1 GB }
  sessions: { kind: stateful, engine: memcached, memory: 1 GB }
  documents: { kind: stateful, engine: mongodb, memory: 4 GB, storage: 30 GB }
  orders: { kind: stateful, engine: key-value }
  search: { kind: stateful, engine: opensearch, memory: 4 GB }
";

/// Placed with two zones for each store.
fn in_two_zones(app: &App) -> Vec<Placement> {
    let mut placements = placed(app);
    for placement in &mut placements {
        if let Settings::Managed(managed) = &mut placement.configured {
            managed.zones = 2;
        }
    }
    placements
}

fn app() -> (App, SourceMap) {
    read("crossover.yaml", APP.as_bytes()).unwrap()
}

#[test]
fn stores_of_the_network_have_the_plans_sizes_and_let_in_who_calls_them() {
    let (app, sources) = app();
    for (target, path, _) in TARGETS {
        let emitted = written(target, &app, &in_two_zones(&app), &sources);
        keep(&format!("inside {target}"), &emitted);
        let text = text(&emitted, path);
        let count = |what: &str| text.matches(what).count();
        for line in [
            "DBInstanceClass: db.t4g.medium",
            "AllocatedStorage: \"70\"",
            "MultiAZ: true",
            "Engine: valkey",
            "CacheNodeType: cache.t4g.small",
            "NumCacheClusters: 2",
            "NumCacheNodes: 2",
            "DBInstanceClass: db.t3.medium",
        ] {
            assert!(text.contains(line), "{target} lacks {line}:\n{text}");
        }
        // Nothing secret is written: AWS makes the passwords of both databases.
        assert_eq!(count("ManageMasterUserPassword: true"), 2, "{text}");
        assert!(!text.contains("MasterUserPassword:\n"), "{text}");
        // What is deleted leaves a snapshot, but for nodes that keep nothing.
        assert_eq!(count("DeletionPolicy: Snapshot"), 3, "{text}");
        assert_eq!(count("Type: AWS::DocDB::DBInstance"), 2, "one a zone: {text}");
        // One rule a call, one group a caller and a store.
        assert_eq!(count("Type: AWS::EC2::SecurityGroupIngress"), 5, "{text}");
        assert_eq!(count("Type: AWS::EC2::SecurityGroup\n"), 6, "{text}");
        for (port, rules) in [(5432, 2), (6379, 1), (11_211, 1), (27_017, 1)] {
            assert_eq!(count(&format!("FromPort: {port}\n")), rules, "{text}");
        }
        // Who calls none of them stays outside of the network.
        let placed = if target == "sam" { "VpcConfig:" } else { "vpc:" };
        assert_eq!(count(placed), 2, "{text}");
        for variable in ["DB_HOST:", "DB_SECRET:", "CACHE_HOST:", "DOCUMENTS_HOST:"] {
            assert!(text.contains(variable), "{target} lacks {variable}:\n{text}");
        }
        assert_eq!(count("secretsmanager:GetSecretValue"), 2, "{text}");
        let told = |id: &str, what: &str| {
            emitted.findings.iter().any(|f| f.id == id && f.message.starts_with(what))
        };
        assert!(told("EM009", "db: AWS makes its password"), "{:?}", emitted.findings);
        assert!(told("EM010", "search: "), "no OpenSearch yet: {:?}", emitted.findings);
    }
}

#[test]
fn a_variable_that_names_a_database_gets_its_address() {
    let compose = "
services:
  api:
    image: shop/api:1
    ports: ['8080:8080']
    environment: { DB_HOST: db, DSN: 'postgres://app@db:5432/shop?x=1', HELLO: 'db of ${x}', CACHE: 'cache:6379' }
    depends_on: [db, cache]
  db: { image: 'postgres:16-alpine', environment: { POSTGRES_USER: owner, POSTGRES_DB: shop, POSTGRES_PASSWORD: hunter2 } }
  cache: { image: 'redis:7' }
";
    let (app, sources) = read("compose.yaml", compose.as_bytes()).unwrap();
    for (target, path, _) in TARGETS {
        let emitted = written(target, &app, &in_two_zones(&app), &sources);
        keep(&format!("inside-names {target}"), &emitted);
        let text = text(&emitted, path);
        for line in ["DBName: shop", "MasterUsername: owner", "EngineVersion: \"16\""] {
            assert!(text.contains(line), "{target} lacks {line}:\n{text}");
        }
        assert!(!text.contains("hunter2"), "{text}");
        // Its own variable names it already, so that none is added for it.
        assert_eq!(text.matches("_HOST:").count(), 1, "{text}");
        assert_eq!(
            text.matches("- Endpoint.Address\n").count(),
            3,
            "two variables, an output: {text}"
        );
        assert!(text.contains("postgres://app@\n"), "{text}");
        assert!(text.contains(":5432/shop?x=1"), "{text}");
        assert!(text.contains("- PrimaryEndPoint.Address\n"), "{text}");
    }
}
