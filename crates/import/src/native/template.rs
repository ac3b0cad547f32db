//! The commented file that `crossover init` writes.

/// A `crossover.yaml` for an application of this name, with every line explained. It plans as it stands.
pub fn template(name: &str) -> String {
    let name = name.trim();
    let plain = !name.is_empty()
        && name.chars().count() <= 100
        && name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c));
    let reserved = ["null", "true", "false", "yes", "no", "on", "off"];
    let name =
        if plain && !reserved.contains(&name.to_lowercase().as_str()) { name } else { "app" };
    TEXT.replace("NAME", name)
}

const TEXT: &str = r#"# What crossover plans. Only `components` and each one's `kind` are required; whatever is left out is assumed,
# and the plan says so. Editors complete and check this file with the schema: crossover schema > crossover.schema.json
# yaml-language-server: $schema=./crossover.schema.json
name: NAME
region: aws/us-east-1              # whose prices and quotas apply

# availability: { zones: 2 }       # 1 (assumed) accepts that the loss of one zone stops what runs there
# team: { kubernetes: some, hourly: $90 }                       # none, some, expert: adds operating hours as a line of its own
# existing_cluster: { spare_cpu: 2 vCPU, spare_memory: 8 GB }   # a Kubernetes cluster that is already paid for
# network: private                 # private subnets behind NAT; public is assumed
# free_tier: true                  # if nothing else in the account uses it up

components:
  api:
    kind: http                     # http, worker, cron, job, stream, stateful, static
    runtime: nodejs24
    memory: 512 MB                 # what one instance needs
    cpu: 40 ms                     # CPU time of one request on one whole vCPU
    wait: 60 ms                    # time it waits for databases and others; { p50: 60 ms, p99: 400 ms } is better
    load: 3M/month                 # or { rate: 40/s, shape: day-night }, { trace: requests.csv }, routed (from --traffic)
    # paths: [/api]                # what of an access log belongs here
    slo: { p99: 800 ms }           # what clients are promised
    calls: [db, { to: mail, times: 0.1 }]

  mail:
    kind: worker                   # nobody waits for it
    runtime: python3.13
    memory: 256 MB
    duration: 300 ms               # if you only know the whole: half of it is taken to be CPU time

  report:
    kind: cron
    runtime: java21
    memory: 1 GB
    cpu: 4 min
    load: { cron: "0 2 * * *" }    # minute, hour, day of the month, month, weekday, in UTC

  migrate:
    kind: job                      # runs once at each release, and ends
    memory: 256 MB
    duration: 20 s
    # load: 4/month                # releases a month: 20 (assumed) is about one each working day
    calls: [db]

  db:
    kind: stateful
    engine: postgres               # postgres, mysql, redis, mongodb, kafka, opensearch, rabbitmq, key-value, queue, objects, other …
    memory: 4 GB
    storage: 50 GB
"#;
