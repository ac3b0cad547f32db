//! The keys of further containers and of their probes.

use model::Role;

use super::keys::{Holds, Section, first, key};

pub(super) static CONTAINER: Section = Section {
    what: "a container",
    schema: "container",
    keys: &[
        key("name", Holds::Text, "proxy", "What it is called, once in the component."),
        key(
            "role",
            Holds::OneOf(roles),
            "sidecar",
            "When it runs: init ends before the main container starts, native-sidecar starts before it and stays, sidecar stays beside it; sidecar unless given.",
        ),
        key("image", Holds::Text, "envoyproxy/envoy:v1.34", "The image with its tag."),
        key("command", Holds::Texts, "[sh, -c]", "What replaces the image's entry point."),
        key("args", Holds::Texts, "[--verbose]", "What replaces the image's arguments."),
        key(
            "env",
            Holds::Texts,
            "[MODE=live]",
            "Its environment, as `NAME=value`; nothing secret.",
        ),
        key(
            "secrets",
            Holds::Texts,
            "[TOKEN=credentials/token]",
            "Variables that are secret: the name, and where it is known the secret and its key.",
        ),
        key(
            "from",
            Holds::Texts,
            "[HOST=settings/host]",
            "Variables whose value stands elsewhere: the name, and a config map with its key or a field of the pod.",
        ),
        key(
            "ports",
            Holds::Texts,
            "[http=8443/tcp as 443]",
            "Where it listens: a number, with a name and a transport if they matter; `as` names the numbers by which others reach it, `public` says that clients do.",
        ),
        key(
            "mounts",
            Holds::TextsOr(&MOUNT),
            "[config-map envoy at /etc/envoy read-only]",
            "What it sees at a path: scratch, config-map, secret or claim, and its name; `name/part` for one file of it, `read-only` behind it, and a mapping for more.",
        ),
        key(
            "cpu",
            Holds::Number,
            "50m",
            "CPU that it asks for; of one that stays, a part of the component's.",
        ),
        key(
            "memory",
            Holds::Quantity,
            "64 MB",
            "Memory that it may use; of one that stays, a part of the component's.",
        ),
        key("time", Holds::Quantity, "5 s", "For init containers: how long it runs."),
        key(
            "ready",
            Holds::Mapping(&PROBE),
            "{ http: /ready }",
            "How it is asked whether it can serve.",
        ),
        key(
            "alive",
            Holds::Mapping(&PROBE),
            "{ http: /live }",
            "How it is asked whether it lives.",
        ),
        key(
            "started",
            Holds::Mapping(&PROBE),
            "{ http: /start }",
            "How it is asked whether it has started; the others wait for it.",
        ),
        key("privileged", Holds::Flag, "true", "Whether it runs with the rights of its host."),
    ],
};

pub(super) static MOUNT: Section = Section {
    what: "a mount",
    schema: "mount",
    keys: &[
        key(
            "mount",
            Holds::Text,
            "config-map web at /etc/web",
            "What is seen where, as it stands without a mapping.",
        ),
        key(
            "keys",
            Holds::Texts,
            "[nginx.conf, site=sites/default]",
            "The keys of a config map or a secret that are seen, with their paths below the place where those are others; all unless given.",
        ),
        key("mode", Holds::Number, "0440", "The rights of its files, in octal digits."),
        key("optional", Holds::Flag, "true", "Whether the container starts without it."),
        key(
            "files",
            Holds::Texts,
            "[nginx.conf=deploy/nginx.conf]",
            "Where its content is: keys with files of the host.",
        ),
        key("variable", Holds::Text, "TOKEN", "The same, where a variable of the shell holds it."),
        key("declared", Holds::Text, "web.yaml:12", "The same, where a definition holds it."),
        key("in_memory", Holds::Flag, "true", "Whether scratch space is in memory."),
        key("size", Holds::Quantity, "64 MB", "How much scratch space holds at the most."),
    ],
};

pub(super) static PROBE: Section = Section {
    what: "a probe",
    schema: "probe",
    keys: &[
        key(
            "http",
            Holds::Text,
            "/ready",
            "The path that is asked for; a connection is all that is asked for without one.",
        ),
        key("port", Holds::Number, "8080", "The port; the first unless given."),
        key(
            "command",
            Holds::Texts,
            "[pg_isready]",
            "A command that must succeed, in their place.",
        ),
        key("delay", Holds::Quantity, "5 s", "Time before the first asking; none unless given."),
        key("every", Holds::Quantity, "10 s", "Time between two askings; 10 s unless given."),
        key("timeout", Holds::Quantity, "1 s", "Time for an answer; 1 s unless given."),
        key("failures", Holds::Number, "3", "Answers in a row that must fail; 3 unless given."),
    ],
};

pub(super) fn roles() -> Vec<&'static str> {
    first(&Role::ALL)
}
