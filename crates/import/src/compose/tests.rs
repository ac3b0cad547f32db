//! Compose files as people write them.

use model::{Component, Engine, Kind, Load, Need, OriginKind};
use source::SourceMap;

use super::*;

/// Reads `files`; the first is the compose file.
fn read(files: &[(&str, &str)]) -> (App, Vec<Finding>) {
    let mut sources = SourceMap::default();
    let ids: Vec<FileId> = files.iter().map(|(path, text)| sources.add(*path, *text)).collect();
    Compose.read(&Project::new(&sources, "shop"), &ids[..1])
}

fn app(text: &str) -> App {
    read(&[("shop/compose.yaml", text)]).0
}

fn said(findings: &[Finding]) -> String {
    findings.iter().map(|f| f.message.as_str()).collect::<Vec<_>>().join("\n")
}

fn part<'a>(app: &'a App, id: &str) -> &'a Component {
    app.component(id).unwrap_or_else(|| panic!("no {id}"))
}

const SHOP: &str = "
services:
  web:
    build: .
    ports: ['8080:80']
    depends_on: [db, queue]
    environment:
      DATABASE_URL: postgres://shop:secret@db:5432/shop
      CART: redis:6379
  worker:
    image: shop/worker:3
    environment: ['AMQP_URL=amqp://queue', 'LOG=debug', 'SHELL_VARIABLE']
    deploy:
      replicas: 3
      resources: { limits: { memory: 256M, cpus: '0.5' }, reservations: { cpus: '0.25' } }
  db: { image: 'postgres:16', volumes: ['data:/var/lib/postgresql/data'] }
  queue: { image: 'rabbitmq:4-management' }
  redis: { image: redis }
volumes: { data: {} }
";

#[test]
fn services_become_components_with_their_stores() {
    let app = app(SHOP);
    assert_eq!(app.name, "shop");
    let kinds: Vec<(&str, Kind)> = app.components.iter().map(|c| (c.id.as_str(), c.kind)).collect();
    assert_eq!(
        kinds,
        [
            ("db", Kind::Stateful),
            ("queue", Kind::Stateful),
            ("redis", Kind::Stateful),
            ("web", Kind::Http),
            ("worker", Kind::Worker)
        ]
    );
    let engine = |id: &str| part(&app, id).engine.as_ref().and_then(Fact::get);
    assert_eq!(
        [engine("db"), engine("queue"), engine("redis")],
        [Some(Engine::Postgres), Some(Engine::Rabbitmq), Some(Engine::Redis)]
    );
    let worker = part(&app, "worker");
    assert_eq!(worker.memory.get(), Some(units::Bytes::from_mib(256)));
    assert_eq!(worker.cpu_request.as_ref().and_then(Fact::get), Some(units::Millicores::new(250)));
    assert_eq!(worker.blueprint.as_ref().unwrap().replicas, Some(3));
}

#[test]
fn edges_carry_their_evidence_and_messages_flow_to_workers() {
    let app = app(SHOP);
    let edges: Vec<(&str, &str, &str)> = app
        .edges
        .iter()
        .map(|e| (e.from.as_str(), e.to.as_str(), e.origin.as_ref().unwrap().note.as_str()))
        .collect();
    assert_eq!(
        edges,
        [
            ("queue", "worker", "`AMQP_URL` names it"),
            ("web", "db", "`DATABASE_URL` names it"),
            ("web", "queue", "it starts after it"),
            ("web", "redis", "`CART` names it"),
        ]
    );
    assert!(matches!(part(&app, "web").load, Load::Rate { .. }), "an entry's load is assumed");
    assert_eq!(part(&app, "worker").load, Load::Derived);
    let secrets = format!("{:?}", part(&app, "web").blueprint);
    assert!(!secrets.contains("shop:secret"), "{secrets}");
}

#[test]
fn variables_come_from_the_file_beside() {
    let compose = "services:\n  a: { image: \"org/a:${TAG:-1}\", ports: ['${PORT}:80'], mem_limit: '${MEM}' }\n";
    let (app, findings) =
        read(&[("shop/compose.yaml", compose), ("shop/.env", "TAG=7\nMEM=64m\n")]);
    let a = part(&app, "a");
    assert_eq!(a.blueprint.as_ref().unwrap().image.as_deref(), Some("org/a:7"));
    assert_eq!(a.memory.get(), Some(units::Bytes::from_mib(64)));
    assert_eq!(said(&findings), "`PORT` has no value, so it is read as nothing");
    assert_eq!(a.blueprint.as_ref().unwrap().ports[0].number, 80);
}

#[test]
fn extends_and_include_follow_files() {
    let compose = "
include: [other/more.yaml]
services:
  base: { image: org/base, environment: { A: '1', B: '2' }, ports: ['80'] }
  api:
    extends: { service: base }
    environment: { B: '3' }
  far:
    extends: { file: common.yaml, service: x }
";
    let (app, findings) = read(&[
        ("shop/compose.yaml", compose),
        ("shop/common.yaml", "services:\n  x: { image: org/x, mem_limit: 1g }\n"),
        ("shop/other/more.yaml", "services:\n  more: { image: nginx, ports: ['81:80'] }\n"),
    ]);
    assert_eq!(
        said(&findings),
        "more: `nginx`: a web server or proxy: platforms bring a front door of their own, and files belong into a bucket"
    );
    let api = part(&app, "api").blueprint.as_ref().unwrap();
    let values: Vec<String> =
        api.environment.iter().map(|v| format!("{}={:?}", v.name, v.value)).collect();
    assert_eq!(values, ["A=Plain(\"1\")", "B=Plain(\"3\")"]);
    assert_eq!(part(&app, "far").memory.get(), Some(units::Bytes::from_gib(1)));
    assert_eq!(part(&app, "more").kind, Kind::Http);
}

#[test]
fn circles_and_escapes_are_refused() {
    let circle = "include: [b.yaml]\nservices:\n  a: { extends: { service: b } }\n  b: { extends: { service: a }, image: x }\n";
    let (app, findings) = read(&[
        ("shop/compose.yaml", circle),
        ("shop/b.yaml", "include: [compose.yaml]\nservices: {}\n"),
    ]);
    assert_eq!(app.components.len(), 2);
    let text = said(&findings);
    assert!(text.contains("`compose.yaml` includes itself"), "{text}");
    assert!(text.contains("extends itself"), "{text}");
    let escape = "include: [../../etc/x.yaml]\nservices:\n  a: { image: x }\n";
    let (_, findings) = read(&[("shop/compose.yaml", escape)]);
    assert!(said(&findings).contains("lies outside of the project"), "{}", said(&findings));
}

#[test]
fn what_needs_more_than_a_container_says_so() {
    let app = app("
services:
  a: { image: x, privileged: true, ports: ['53:53/udp'] }
  b: { image: y, deploy: { resources: { reservations: { devices: [{ capabilities: [gpu] }] } } }, ports: ['80'] }
  c: { image: z, volumes: ['/var/run/docker.sock:/var/run/docker.sock', './src:/src'], ports: ['80'] }
  d: { image: z, volumes: ['data:/data', 'mods:/app/node_modules'], ports: ['80'] }
");
    let needs = |id: &str| part(&app, id).needs.iter().collect::<Vec<_>>();
    assert_eq!(needs("a"), [Need::Udp, Need::Privileged]);
    assert_eq!(needs("b"), [Need::Gpu]);
    assert_eq!(needs("c"), [Need::Privileged]);
    assert_eq!(needs("d"), [Need::LocalDisk]);
}

#[test]
fn old_files_and_profiles() {
    let old = app(
        "web:\n  image: org/web\n  ports: ['80:80']\n  links: ['db:database']\ndb:\n  image: mysql\n",
    );
    assert_eq!(old.components.len(), 2);
    assert_eq!(old.edges.len(), 1);
    let (app, findings) = read(&[(
        "shop/compose.yaml",
        "services:\n  a: { image: x, ports: ['80'] }\n  debug: { image: y, profiles: [debug] }\n",
    )]);
    assert_eq!(app.components.len(), 1);
    assert_eq!(said(&findings), "started only with a profile, so not planned: debug");
}

#[test]
fn ports_in_every_form() {
    let app = app("
services:
  a:
    image: x
    ports: [3000, '127.0.0.1:8080:80', '6000-6002:7000-7002', { target: 9, published: '99', protocol: udp }]
    expose: ['5000']
");
    let ports = &part(&app, "a").blueprint.as_ref().unwrap().ports;
    let numbers: Vec<(u16, bool)> = ports.iter().map(|p| (p.number, p.published)).collect();
    assert_eq!(
        numbers,
        [
            (3000, true),
            (80, true),
            (7000, true),
            (7001, true),
            (7002, true),
            (9, true),
            (5000, false)
        ]
    );
}

#[test]
fn names_that_ids_cannot_tell_apart_stay_two_services() {
    let long = "a".repeat(63);
    let app = app(&format!(
        "services:\n  {long}: {{ image: postgres }}\n  {long}b:\n    image: shop/web\n    depends_on: [{long}]\n"
    ));
    let second = format!("{}-2", "a".repeat(61));
    assert_eq!(part(&app, &long).kind, Kind::Stateful);
    assert_ne!(part(&app, &second).kind, Kind::Stateful);
    assert_eq!(app.components.len(), 2);
    assert!(app.edges.iter().all(|edge| edge.from == second && edge.to == long));
}

#[test]
fn the_start_period_of_a_health_check_tells_about_how_long_a_start_takes() {
    let app = app("
services:
  web:
    image: org/web
    ports: ['80']
    healthcheck: { test: [CMD, curl, localhost], start_period: 1m30s, retries: 5, timeout: 3s }
  db:
    image: postgres
    healthcheck: { test: [CMD, pg_isready], start_period: 30s }
");
    let init = &part(&app, "web").start.init;
    assert_eq!((init.get(), init.is_known()), (Some(units::Duration::from_secs(90)), false));
    assert!(init.origin().is_some_and(|o| o.span.is_some() && o.note.contains("`init`")));
    let alive = part(&app, "web").blueprint.as_ref().and_then(|b| b.alive.clone()).expect("one");
    assert_eq!((alive.failures, alive.timeout), (5, units::Duration::from_secs(3)));
    assert_eq!(part(&app, "db").start.init, Fact::Unknown, "a store is bought");
}

#[test]
fn what_watches_looks_in_or_plays_clients_is_no_part_of_the_application() {
    let text = "
services:
  web: { image: org/web, ports: ['80:80'], environment: { TRACES: 'http://collector:4318' } }
  collector: { image: 'otel/opentelemetry-collector-contrib:0.1' }
  graphs: { image: 'grafana/grafana:11', environment: { DB_HOST: graphs-db } }
  graphs-db: { image: postgres }
  grafana-own: { build: ./grafana }
  traces: { image: 'jaegertracing/all-in-one:1' }
  tables: { image: adminer, depends_on: [db] }
  db: { image: postgres }
  redis-exporter: { image: oliver006/redis_exporter }
  load-generator: { build: ./load }
  grafanalytics: { image: org/grafanalytics }
  figures: { image: 'gcr.io/containers/heapster-amd64:v1.4.0' }
  users: { image: 'org/load-test:0.1.1' }
  elasticsearch: { image: elasticsearch }
  kibana: { image: kibana }
";
    let (app, findings) = read(&[("shop/compose.yaml", text)]);
    let ids: Vec<&str> = app.components.iter().map(|c| c.id.as_str()).collect();
    assert_eq!(ids, ["db", "grafanalytics", "web"]);
    assert!(app.edges.is_empty(), "{:?}", app.edges);
    let said = said(&findings);
    for part in [
        "looks into stores: tables",
        "keeps their data: elasticsearch, graphs-db",
        "clients: load-generator",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    assert_eq!(said.matches("so not planned").count(), 1, "{said}");
}

#[test]
fn where_nothing_else_serves_what_watches_is_the_application() {
    let text = "services: { grafana: { image: grafana/grafana }, db: { image: postgres } }";
    let ids: Vec<String> = app(text).components.into_iter().map(|c| c.id).collect();
    assert_eq!(ids, ["db", "grafana"]);
}

#[test]
fn what_ends_before_the_others_begin_is_a_job() {
    let text = "
services:
  web:
    image: org/web
    depends_on:
      tables: { condition: service_completed_successfully }
      init-db: { condition: service_started }
  tables: { image: 'postgres:16', command: psql -f tables.sql, environment: { PGHOST: db } }
  migrator: { image: org/web, command: migrate, restart: 'on-failure:3' }
  init-db: { image: org/web, restart: always }
  db: { image: 'postgres:16' }
  owner:
    image: 'busybox:1'
    command: chown -R 1000 /data
    volumes: ['./data:/data']
    restart: 'no'
  late: { image: org/late, depends_on: { owner: { condition: service_completed_successfully } } }
";
    let (app, findings) = read(&[("shop/compose.yaml", text)]);
    let kinds: Vec<_> = app.components.iter().map(|c| (c.id.as_str(), c.kind.name())).collect();
    let expected = [
        ("db", "stateful"),
        ("init-db", "stateful"),
        ("late", "http"),
        ("migrator", "job"),
        ("tables", "job"),
        ("web", "http"),
    ];
    assert_eq!(kinds, expected);
    assert!(said(&findings).contains("prepares folders of the host, so not planned: owner"));
    let blueprint = |id: &str| part(&app, id).blueprint.clone().unwrap();
    assert_eq!(blueprint("web").after, ["tables"]);
    assert_eq!(blueprint("late").after, [""; 0]);
    assert_eq!((blueprint("migrator").retries, blueprint("tables").retries), (Some(3), None));
    // A job in a store's own image is none, and runs as often as there is a release.
    let tables = part(&app, "tables");
    assert_eq!((tables.engine.is_none(), tables.storage.is_none()), (true, true));
    let Load::Rate { rate, .. } = &tables.load else { panic!("{:?}", tables.load) };
    assert!(!rate.is_known());
    assert_eq!(rate.get().unwrap().events_per_month(), 20);
    let edges: Vec<_> = app.edges.iter().map(|e| (e.from.as_str(), e.to.as_str())).collect();
    assert_eq!(edges, [("tables", "db"), ("web", "init-db")]);
}

#[test]
fn clients_reach_what_has_a_port_they_know() {
    let text = "
services:
  web: { image: org/web, ports: ['80:80'] }
  inner: { image: org/inner, ports: ['8080'] }
  local: { image: org/local, ports: ['127.0.0.1:9000:9000'] }
  long: { image: org/long, ports: [{ target: 90, published: 90, host_ip: 127.0.0.1 }] }
  hidden: { image: org/hidden }
  proxied: { image: org/proxied, labels: ['traefik.enable=true'] }
  mail-worker: { image: org/worker, ports: ['127.0.0.1:3030:3030'] }
";
    let app = app(text);
    let public = |id: &str| part(&app, id).public.get();
    assert_eq!(public("web"), Some(true));
    for id in ["inner", "local", "long", "hidden"] {
        assert_eq!(public(id), Some(false), "{id}");
        assert!(part(&app, id).public.is_known(), "{id}");
    }
    assert_eq!(public("proxied"), Some(true));
    assert_eq!(part(&app, "mail-worker").kind, Kind::Worker);
    // Alone, a port without a number outside is the only way in; one of a database is for its administrator.
    for text in [
        "services: { web: { image: org/web, ports: ['80'] } }",
        "services: { web: { image: org/web }, db: { image: postgres, ports: ['5432:5432'] } }",
    ] {
        assert_eq!(part(&self::app(text), "web").public.get(), Some(true), "{text}");
    }
}

#[test]
fn a_schedule_before_the_command_is_the_schedule() {
    let app = app("
services:
  cleanup: { image: org/cron, command: '\"0 3 * * * gosu app cleanup --days 90\"' }
  sum: { image: org/sum, command: '1 2 3 4 5 6' }
  sweep: { image: org/files, command: cleanup --repeat 1h }
");
    assert_eq!(part(&app, "cleanup").kind, Kind::Cron);
    assert!(
        matches!(&part(&app, "cleanup").load, Load::Cron { expression, .. } if expression == "0 3 * * *")
    );
    assert_eq!(part(&app, "sum").kind, Kind::Http);
    assert_eq!(part(&app, "sweep").kind, Kind::Worker);
}

#[test]
fn the_example_stands_in_for_variables_that_are_not_in_the_repository() {
    let text = "services:\n  web: { image: '${IMAGE}', env_file: [web.env, gone.env], ports: ['80:80'] }\n  db: { image: postgres }\n";
    let (app, findings) = read(&[
        ("shop/compose.yaml", text),
        ("shop/.env.example", "TAG=22\nIMAGE=node:${TAG}\n"),
        ("shop/web.env.sample", "DATABASE_URL=postgres://db:5432/x\n"),
    ]);
    let image = part(&app, "web").blueprint.as_ref().and_then(|b| b.image.as_deref());
    assert_eq!(image, Some("node:22"));
    assert_eq!(app.edges.len(), 1);
    let said = said(&findings);
    assert!(said.contains("`.env` is not there, so its example `.env.example` is read"), "{said}");
    assert!(said.contains("its example `web.env.sample` is read"), "{said}");
    assert!(said.contains("`gone.env` is not there"), "{said}");
    let (_, findings) =
        read(&[("shop/compose.yaml", text), ("shop/.env", ""), ("shop/.env.example", "IMAGE=x\n")]);
    assert!(self::said(&findings).contains("`IMAGE` has no value"), "the file itself counts");
}

#[test]
fn of_files_with_unusual_names_the_fullest_that_is_no_test_is_planned() {
    let few = "services: { web: { image: few } }";
    let full = "services: { web: { image: full }, db: { image: postgres } }";
    let test = "services: { web: { image: test }, db: { image: postgres }, x: { image: y } }";
    let mut sources = SourceMap::default();
    let files = [("a.few", few), ("ci-test", test), ("full", full)];
    let ids = files.map(|(name, text)| sources.add(format!("shop/compose.{name}.yml"), text));
    let (app, findings) = Compose.read(&Project::new(&sources, "shop"), &ids);
    let image = part(&app, "web").blueprint.as_ref().and_then(|b| b.image.as_deref());
    assert_eq!(image, Some("full"));
    let warnings: Vec<&Finding> =
        findings.iter().filter(|f| f.severity == source::Severity::Warning).collect();
    assert_eq!(warnings.len(), 1);
    assert_eq!(
        warnings[0].message,
        "of 3 compose files beside each other, `shop/compose.full.yml` is planned"
    );
}

#[test]
fn a_store_calls_nobody_and_is_its_namesakes() {
    let text = "
services:
  api: { image: org/api, ports: ['80:80'], env_file: all.env }
  mail-worker: { image: org/mail, env_file: all.env }
  db: { image: postgres, env_file: all.env }
  copy: { image: postgres, environment: { PRIMARY_HOST: db } }
  mq: { image: rabbitmq, env_file: all.env }
  order-service: { image: org/order }
  order-mongo: { image: mongo }
  pay: { image: org/pay }
  pay-api: { image: org/pay-api }
  pay-db: { image: mysql }
  stock-service: { image: org/stock, environment: { DB_HOST: stock-db } }
  stock-db: { image: mysql }
";
    let (app, _) =
        read(&[("shop/compose.yaml", text), ("shop/all.env", "DB_HOST=db\nAMQP_URL=amqp://mq\n")]);
    let shown: Vec<String> =
        app.edges.iter().map(|edge| format!("{} to {}", edge.from, edge.to)).collect();
    assert_eq!(
        shown,
        [
            "api to db",
            "api to mq",
            "copy to db",
            "mail-worker to db",
            "mq to mail-worker",
            "order-service to order-mongo",
            "stock-service to stock-db",
        ]
    );
    let told = |at: usize| app.edges[at].origin.as_ref().map(|o| o.kind);
    assert_eq!(told(5), Some(OriginKind::Assumed));
    assert_eq!(told(6), Some(OriginKind::Declared));
}

#[test]
fn a_variable_without_a_value_takes_that_of_the_env_file() {
    let (app, _) = read(&[
        (
            "shop/compose.yaml",
            "services:\n  web: { image: org/web, environment: [QUOTE_ADDR, OTHER] }\n  api: { image: org/api, environment: { QUOTE_ADDR: } }\n  quote: { image: org/quote }\n",
        ),
        ("shop/.env", "PORT=80\nQUOTE_ADDR=http://quote:${PORT}\n"),
    ]);
    let shown: Vec<(&str, &str)> =
        app.edges.iter().map(|edge| (edge.from.as_str(), edge.to.as_str())).collect();
    assert_eq!(shown, [("api", "quote"), ("web", "quote")]);
}

const FILES: &str = "
services:
  web:
    image: nginx
    ports: ['80:80']
    configs: [site, { source: site, target: /etc/nginx/site.conf, mode: 0440 }, outer]
    secrets: [token, { source: key, target: tls.key, uid: '33' }, gone]
    tmpfs: ['/run', '/var/cache/nginx:size=64m,mode=1777', '/half:size=50%']
    volumes:
      - ./conf/nginx.conf:/etc/nginx/nginx.conf:ro
      - ../shared/nginx.conf:/etc/nginx/other.conf
      - type: bind
        source: ./certs/server.key
        target: /etc/tls/server.key
        read_only: true
      - { type: tmpfs, target: /scratch, tmpfs: { size: 1024 } }
      - ./Caddyfile:/etc/caddy/Caddyfile
      - ./mimes:/etc/mime.types:ro
      - ./html:/usr/share/nginx/html
      - ./conf.d:/etc/nginx/conf.d:ro
      - ./access.log:/var/log/access.log
      - /etc/localtime:/etc/localtime:ro
      - /etc/resolv.conf:/etc/resolv.conf
      - data:/data
  app:
    build: ./app
    volumes: ['./app/package.json:/code/package.json', './app/php.ini:/etc/php/php.ini', './x.yml:/code/x.yml']
configs:
  site: { file: ./conf/site.conf }
  outer: { external: true, name: web-outer }
secrets:
  token: { environment: API_TOKEN }
  key: { file: ./certs/tls.pem }
volumes: { data: {} }
";

#[test]
fn files_secrets_and_scratch_are_kept_without_their_content() {
    use model::{Content, Held};
    let (app, findings) = read(&[("shop/compose.yaml", FILES)]);
    let shown = |id: &str| -> Vec<String> {
        let one = |m: &model::Mount| {
            let content = match &m.content {
                Some(Content::Files(files)) => {
                    let one = |(key, path): &(String, String)| format!(" {key}={path}");
                    files.iter().map(one).collect::<Vec<_>>().concat()
                }
                Some(Content::Variable(name)) => format!(" ${name}"),
                Some(Content::Declared(place)) => format!(" {place}"),
                None => String::new(),
            };
            let part = m.part.as_deref().unwrap_or("-");
            let ro = if m.read_only { " ro" } else { "" };
            let size = m.size_max.map_or(String::new(), |size| format!(" {size}"));
            let mode = m.mode.map_or(String::new(), |mode| format!(" {mode:o}"));
            let memory = if m.in_memory { " memory" } else { "" };
            format!(
                "{} {}/{part} {}{ro}{mode}{memory}{size}{content}",
                m.held.name(),
                m.name,
                m.path
            )
        };
        part(&app, id).mounts.iter().map(one).collect()
    };
    assert_eq!(
        shown("web"),
        [
            "config-map web-files/nginx.conf /etc/nginx/nginx.conf ro nginx.conf=shop/conf/nginx.conf",
            "config-map web-files/shared-nginx.conf /etc/nginx/other.conf shared-nginx.conf=shared/nginx.conf",
            "secret web-files/server.key /etc/tls/server.key ro server.key=shop/certs/server.key",
            "scratch scratch/- /scratch memory 1 KB",
            "config-map web-files/Caddyfile /etc/caddy/Caddyfile Caddyfile=shop/Caddyfile",
            "config-map web-files/mimes /etc/mime.types ro mimes=shop/mimes",
            "scratch run/- /run memory",
            "scratch var-cache-nginx/- /var/cache/nginx memory 64 MB",
            "scratch half/- /half memory",
            "config-map site/site.conf /site ro site.conf=shop/conf/site.conf",
            "config-map site/site.conf /etc/nginx/site.conf ro 440 site.conf=shop/conf/site.conf",
            "config-map web-outer/outer /outer ro",
            "secret token/token /run/secrets/token ro $API_TOKEN",
            "secret key/tls.pem /run/secrets/tls.key ro tls.pem=shop/certs/tls.pem",
            "secret gone/gone /run/secrets/gone ro",
        ]
    );
    // What an image is built of is in it, unless it is read only or configuration of its system.
    assert_eq!(
        shown("app"),
        [
            "config-map app-files/php.ini /etc/php/php.ini php.ini=shop/app/php.ini",
            "config-map app-files/x.yml /code/x.yml x.yml=shop/x.yml",
        ]
    );
    let notes = said(&findings);
    for expected in [
        "web: what it sees of its host (`./html` at `/usr/share/nginx/html`, `./conf.d` at `/etc/nginx/conf.d`, `./access.log` at `/var/log/access.log`, `/etc/localtime` at `/etc/localtime`, `/etc/resolv.conf` at `/etc/resolv.conf`) is not kept",
        "app: what it sees of its host (`./app/package.json` at `/code/package.json`) is not kept",
        "web: the size `50%` of `/half` is not kept",
        "web: the owner of `/run/secrets/tls.key` is not kept",
        "web.secrets: there is no `gone` at the top",
    ] {
        assert!(notes.lines().any(|line| line == expected), "{expected}\n{notes}");
    }
    let web = part(&app, "web");
    assert_eq!(web.blueprint.as_ref().unwrap().volumes.len(), 1);
    assert!(web.mounts.iter().all(|mount| mount.held != Held::Claim));
    assert!(!web.needs.has(Need::Privileged));
}

#[test]
fn a_later_description_takes_a_place_over_and_is_found_where_it_stands() {
    let base = "services: { web: { image: nginx, volumes: ['./a.conf:/etc/x.conf:ro', '/var/run/docker.sock:/var/run/docker.sock'] } }\n";
    let over = "services: { web: { volumes: ['./b.conf:/etc/x.conf:ro'], configs: [c] } }\nconfigs: { c: { content: hello } }\n";
    let mut sources = SourceMap::default();
    let files = [("shop/compose.yaml", base), ("shop/compose.override.yaml", over)];
    let ids: Vec<FileId> = files.iter().map(|(path, text)| sources.add(*path, *text)).collect();
    let (app, _) = Compose.read(&Project::new(&sources, "shop"), &ids);
    let web = part(&app, "web");
    let content: Vec<_> = web.mounts.iter().map(|m| (m.path.as_str(), m.content.clone())).collect();
    let own = vec![("b.conf".to_owned(), "shop/b.conf".to_owned())];
    assert_eq!(
        content,
        [
            ("/etc/x.conf", Some(model::Content::Files(own))),
            ("/c", Some(model::Content::Declared("shop/compose.override.yaml:2".to_owned()))),
        ]
    );
    assert!(web.needs.has(Need::Privileged), "the socket of Docker is its host's");
}
