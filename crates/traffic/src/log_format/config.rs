//! Log formats in configuration files of nginx and Apache.

/// The format with this name in the file, or the first one.
pub(super) fn find(text: &str, name: Option<&str>) -> Result<String, String> {
    let all: Vec<(String, String)> = nginx(text).into_iter().chain(apache(text)).collect();
    let wanted = |(known, _): &&(String, String)| name.is_none_or(|name| name == known);
    if let Some((_, format)) = all.iter().find(wanted) {
        return Ok(format.clone());
    }
    let names: Vec<&str> = all.iter().map(|(name, _)| name.as_str()).collect();
    Err(match name {
        Some(name) if !names.is_empty() => {
            format!("no log format `{name}` in it: there is {}", names.join(", "))
        }
        _ => "no `log_format` or `LogFormat` in it".to_owned(),
    })
}

/// `log_format main escape=json '$remote_addr …' '…';`
fn nginx(text: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let plain: String = text
        .lines()
        .filter(|line| !line.trim_start().starts_with('#'))
        .collect::<Vec<_>>()
        .join("\n");
    let mut rest = plain.as_str();
    while let Some((_, after)) = rest.split_once("log_format") {
        rest = after;
        let Some((name, mut body)) = after.trim_start().split_once(char::is_whitespace) else {
            continue;
        };
        let mut format = String::new();
        loop {
            body = body.trim_start();
            let Some(quote) = body.chars().next().filter(|c| matches!(c, '\'' | '"')) else {
                match body.strip_prefix("escape=").and_then(|e| e.split_once(char::is_whitespace)) {
                    Some((_, after)) => {
                        body = after;
                        continue;
                    }
                    None => break,
                }
            };
            let inner = body.get(1..).unwrap_or("");
            let mut end = None;
            let mut escaped = false;
            for (at, letter) in inner.char_indices() {
                if letter == quote && !escaped {
                    end = Some(at);
                    break;
                }
                escaped = letter == '\\' && !escaped;
            }
            let Some((part, after)) = end.map(|at| inner.split_at(at)) else { break };
            format.push_str(&part.replace(&format!("\\{quote}"), &quote.to_string()));
            body = after.get(1..).unwrap_or("");
        }
        if !format.is_empty() {
            found.push((name.to_owned(), format));
        }
    }
    found
}

/// `LogFormat "%h %l %u %t \"%r\" %>s %b" common`
fn apache(text: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for line in text.lines() {
        let line = line.trim();
        let Some(rest) = line.strip_prefix("LogFormat") else { continue };
        let Some(inner) = rest.trim_start().strip_prefix('"') else { continue };
        let mut escaped = false;
        let end = inner.char_indices().find(|(_, letter)| {
            let closes = *letter == '"' && !escaped;
            escaped = *letter == '\\' && !escaped;
            closes
        });
        if let Some((format, name)) = end.map(|(at, _)| inner.split_at(at)) {
            found.push((name.trim_matches('"').trim().to_owned(), format.to_owned()));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_servers_files() {
        let nginx = r#"
# log_format old '$nothing';
http {
    log_format  main escape=default  '$remote_addr - [$time_local] "$request" '
                      '$status "it\'s"';
    log_format other "$msec $status";
    access_log /var/log/nginx/access.log main;
}"#;
        assert_eq!(
            find(nginx, None).unwrap(),
            r#"$remote_addr - [$time_local] "$request" $status "it's""#
        );
        assert_eq!(find(nginx, Some("other")).unwrap(), "$msec $status");
        assert!(find(nginx, Some("third")).unwrap_err().contains("main, other"));
        let apache = "LogFormat \"%h %t \\\"%r\\\" %>s\" common\nCustomLog logs/a common\n";
        assert_eq!(find(apache, Some("common")).unwrap(), "%h %t \\\"%r\\\" %>s");
        for nothing in ["", "log_format", "log_format x '", "LogFormat \"", "log_format x y;"] {
            assert!(find(nothing, None).is_err(), "{nothing}");
        }
    }
}
