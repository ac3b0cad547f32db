//! The proxy of a split: requests go to the program while it has fewer than the plan's cap, and else to the same program on the
//! platform that the plan spills to.
//!
//! HAProxy's `be_conn` counts what the program has, "possibly including the connection being evaluated" (configuration
//! manual), and its `@system-ca` are the certificates that the image brings. What stands in double quotes may name variables of
//! the environment (2.3 there).

/// The official image, with its long-term support.
pub(crate) const IMAGE: &str = "haproxy:3.2";
/// Why it is that one.
pub(crate) const IMAGE_WHY: &str = "official image of HAProxy: choose its version";

/// What differs from place to place.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Proxy<'p> {
    /// The port at which clients come.
    pub(crate) bind: u16,
    /// Host and port of the program.
    pub(crate) program: &'p str,
    /// Requests that the program has at once at the most.
    pub(crate) cap: u32,
    /// The host of the other side, as it is written here.
    pub(crate) host: &'p str,
    /// How names become addresses: the lines of a section `resolvers`.
    pub(crate) names: &'p [&'p str],
}

/// Its configuration.
pub(crate) fn config(proxy: Proxy<'_>) -> String {
    let Proxy { bind, program, cap, host, names } = proxy;
    // Where fewer files may be open than so many connections need, it starts all the same.
    let begin = ["global", "  maxconn 20000", "  no strict-limits", "resolvers names"];
    let mut lines: Vec<String> = begin.map(str::to_owned).to_vec();
    lines.extend(names.iter().map(|line| format!("  {line}")));
    let rest = [
        "  hold valid 5s".to_owned(),
        "defaults".to_owned(),
        "  mode http".to_owned(),
        "  option forwardfor if-none".to_owned(),
        "  option redispatch".to_owned(),
        "  default-server resolvers names resolve-prefer ipv4 init-addr libc,none".to_owned(),
        "  timeout connect 5s".to_owned(),
        "  timeout client 15m".to_owned(),
        "  timeout server 15m".to_owned(),
        "frontend clients".to_owned(),
        format!("  bind :{bind}"),
        format!("  use_backend burst if {{ be_conn(program) ge {cap} }}"),
        "  default_backend program".to_owned(),
        "backend program".to_owned(),
        format!("  server program {program}"),
        "backend burst".to_owned(),
        format!("  http-request set-header Host \"{host}\""),
        format!(
            "  server burst \"{host}:443\" ssl verify required ca-file @system-ca sni \"str({host})\""
        ),
    ];
    lines.extend(rest);
    lines.join("\n") + "\n"
}
