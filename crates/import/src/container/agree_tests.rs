//! One application in compose and in Kubernetes: where both say the same, the same is read.

use model::{App, Component, Fact, Load};
use source::SourceMap;

use crate::compose::Compose;
use crate::kubernetes::Kubernetes;
use crate::{Importer, Project};

const COMPOSE: &str = "
services:
  shop:
    image: acme/shop:1
    ports: ['80:8080']
    environment: { ORDERS_URL: 'http://orders:8080', TRACES_URL: 'http://traces:4318' }
    deploy: { replicas: 2, resources: { limits: { memory: 256M }, reservations: { cpus: '0.25' } } }
  orders:
    image: acme/orders:1
    expose: ['8080']
    environment: { DB_HOST: orders-db }
    depends_on: { letters: { condition: service_started }, migrate-tables: { condition: service_completed_successfully } }
  orders-db: { image: 'postgres:16', volumes: ['orders:/var/lib/postgresql/data'] }
  letters: { image: 'rabbitmq:4' }
  letter-worker:
    image: acme/letters:1
    environment: { AMQP_URL: 'amqp://letters' }
  cleanup:
    image: acme/orders:1
    command: [clean]
    labels: { kompose.cronjob.schedule: '0 3 * * *' }
    environment: { DB_HOST: orders-db }
  traces: { image: 'jaegertracing/all-in-one:1' }
  migrate-tables: { image: 'acme/orders:1', restart: 'no', depends_on: { orders-db: { condition: service_started } } }
  load-generator: { image: acme/load }
volumes: { orders: {} }
";

/// A workload with one container and, if it has a port, its service.
fn workload(
    kind: &str,
    name: &str,
    container: &str,
    more: &str,
    service: Option<(&str, u16)>,
) -> String {
    let labels = format!("{{ labels: {{ app: {name} }} }}");
    let ports = service
        .map_or(String::new(), |(_, port)| format!(", ports: [{{ containerPort: {port} }}]"));
    let pod = format!("{{ containers: [{{ name: {name}, {container}{ports} }}]{more} }}");
    let template = format!("template: {{ metadata: {labels}, spec: {pod} }}");
    let spec = match kind {
        "CronJob" => format!("schedule: '0 3 * * *', jobTemplate: {{ spec: {{ {template} }} }}"),
        "Deployment" if name == "shop" => format!("replicas: 2, {template}"),
        _ => template,
    };
    let mut text = format!(
        "---\napiVersion: apps/v1\nkind: {kind}\nmetadata: {{ name: {name} }}\nspec: {{ {spec} }}\n"
    );
    if let Some((kind, port)) = service {
        text += &format!(
            "---\napiVersion: v1\nkind: Service\nmetadata: {{ name: {name} }}\nspec: {{ type: {kind}, selector: {{ app: {name} }}, ports: [{{ port: {port} }}] }}\n"
        );
    }
    text
}

fn kubernetes() -> String {
    let inside = |port| Some(("ClusterIP", port));
    let shop = "image: 'acme/shop:1', env: [{ name: ORDERS_URL, value: 'http://orders:8080' }, { name: TRACES_URL, value: 'http://traces:4318' }], resources: { limits: { memory: 256Mi }, requests: { cpu: 250m } }";
    let host = "env: [{ name: DB_HOST, value: orders-db }]";
    let waits = ", initContainers: [{ name: wait, image: busybox, command: [sh, -c, 'until nc -z letters 5672; do sleep 2; done'] }, { name: tables, image: k8s-wait-for, args: [job, migrate-tables], command: [wait_for.sh] }]";
    [
        workload("Deployment", "shop", shop, "", Some(("LoadBalancer", 8080))),
        workload(
            "Deployment",
            "orders",
            &format!("image: 'acme/orders:1', {host}"),
            waits,
            inside(8080),
        ),
        workload("StatefulSet", "orders-db", "image: 'postgres:16'", "", inside(5432)),
        workload("StatefulSet", "letters", "image: 'rabbitmq:4'", "", inside(5672)),
        workload(
            "Deployment",
            "letter-worker",
            "image: 'acme/letters:1', env: [{ name: AMQP_URL, value: 'amqp://letters' }]",
            "",
            inside(9090),
        ),
        workload(
            "CronJob",
            "cleanup",
            &format!("image: 'acme/orders:1', args: [clean], {host}"),
            "",
            None,
        ),
        workload("Deployment", "traces", "image: 'jaegertracing/all-in-one:1'", "", inside(4318)),
        workload("Job", "migrate-tables", &format!("image: 'acme/orders:1', {host}"), "", None),
        workload("Deployment", "load-generator", "image: acme/load", "", None),
    ]
    .concat()
}

fn read(importer: &dyn Importer, path: &str, text: &str) -> App {
    let mut sources = SourceMap::default();
    let file = sources.add(path, text);
    importer.read(&Project::new(&sources, "shop"), &[file]).0
}

/// What both formats have a place for, as one line.
fn said(component: &Component) -> String {
    let schedule = match &component.load {
        Load::Cron { expression, .. } => Some(expression.as_str()),
        _ => None,
    };
    let memory = component.memory.get().filter(|_| component.memory.is_known());
    format!(
        "{} {:?} {:?} public {:?} memory {memory:?} copies {:?} at {schedule:?} after {:?}",
        component.id,
        component.kind,
        component.engine.as_ref().and_then(Fact::get),
        component.public.get(),
        component.blueprint.as_ref().and_then(|b| b.replicas),
        component.blueprint.as_ref().map(|b| b.after.as_slice()).unwrap_or_default(),
    )
}

#[test]
fn what_both_say_is_read_the_same() {
    let compose = read(&Compose, "shop/compose.yaml", COMPOSE);
    let kubernetes = read(&Kubernetes, "shop/k8s.yaml", &kubernetes());
    assert_eq!(compose.name, kubernetes.name);
    let parts = |app: &App| -> Vec<String> { app.components.iter().map(said).collect() };
    assert_eq!(parts(&compose), parts(&kubernetes));
    let ids: Vec<&str> = compose.components.iter().map(|c| c.id.as_str()).collect();
    let expected =
        ["cleanup", "letter-worker", "letters", "migrate-tables", "orders", "orders-db", "shop"];
    assert_eq!(ids, expected);
    let orders = compose.component("orders").and_then(|c| c.blueprint.as_ref());
    assert_eq!(orders.map(|b| b.after.as_slice()), Some(&["migrate-tables".to_owned()][..]));
    let edges = |app: &App| -> Vec<(String, String)> {
        app.edges.iter().map(|e| (e.from.clone(), e.to.clone())).collect()
    };
    assert_eq!(edges(&compose), edges(&kubernetes));
    let shown: Vec<String> =
        edges(&compose).iter().map(|(from, to)| format!("{from} to {to}")).collect();
    assert_eq!(
        shown,
        [
            "cleanup to orders-db",
            "letters to letter-worker",
            "migrate-tables to orders-db",
            "orders to letters",
            "orders to orders-db",
            "shop to orders",
        ]
    );
}
