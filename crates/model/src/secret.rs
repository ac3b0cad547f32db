//! What must never be kept or written.

/// Parts of names whose value is nobody's business.
const SECRETS: &[&str] = &[
    "PASSWORD",
    "PASSWD",
    "PASS",
    "PWD",
    "SECRET",
    "SECRETS",
    "TOKEN",
    "CREDENTIAL",
    "CREDENTIALS",
    "APIKEY",
    "KEY",
    "PRIVATE",
    "SALT",
    "PASSPHRASE",
    "COOKIE",
    "JWT",
    "AUTH",
];

/// Words at the end of a name that holds where something is, not the thing.
const PLACES: &[&str] = &["FILE", "PATH", "DIR"];

/// Whether a value of this name is a secret, or looks like one: by its name, or because it holds a login or a key. That a file
/// holds one is none: `DB_PASSWORD_FILE=/run/secrets/db`.
pub fn is_secret(name: &str, value: &str) -> bool {
    let upper = name.to_uppercase();
    let named = upper.split(['_', '-', '.']).any(|part| SECRETS.contains(&part));
    // `https://user:password@host` and keys in PEM.
    let login = value.split_once("://").is_some_and(|(_, rest)| {
        let authority = rest.split('/').next().unwrap_or(rest);
        authority.rsplit_once('@').is_some_and(|(login, _)| login.contains(':'))
    });
    let plain = |c: char| c.is_ascii_alphanumeric() || "/-_.".contains(c);
    let place = upper.rsplit(['_', '-', '.']).next().is_some_and(|last| PLACES.contains(&last))
        && value.starts_with('/')
        && value.chars().all(plain);
    (named && !place) || login || value.contains("-----BEGIN")
}

#[cfg(test)]
mod tests {
    use super::is_secret;

    #[test]
    fn names_logins_and_keys_tell_a_secret() {
        let key = "-----BEGIN PRIVATE KEY-----";
        for (name, value) in [
            ("DB_PASSWORD", "x"),
            ("api-key", ""),
            ("URL", "postgres://u:p@db/x"),
            ("PEM", key),
            ("DB_PASSWORD_FILE", ""),
            ("DB_PASSWORD_FILE", "hunter2"),
            ("DB_PASSWORD", "/run/x"),
        ] {
            assert!(is_secret(name, value), "{name}");
        }
        for (name, value) in [
            ("PORT", "8080"),
            ("KEYCLOAK_URL", "http://keycloak:8080"),
            ("AT", "http://u@db/x"),
            ("DB_PASSWORD_FILE", "/run/secrets/db-password"),
        ] {
            assert!(!is_secret(name, value), "{name}");
        }
    }
}
