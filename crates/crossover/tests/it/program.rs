//! The built program, run as a user runs it.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::tidy::root;

/// What a run did.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// Exit code; 101 and above are crashes.
    pub code: i32,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

/// Runs `crossover` from the repository's root with the given arguments and standard input.
pub(crate) fn run<S: AsRef<str>>(args: &[S], stdin: Option<&[u8]>) -> Outcome {
    run_with(args, stdin, &[])
}

/// Runs `crossover` in a folder, as somebody who stands there.
pub(crate) fn run_in(folder: &Path, args: &[&str]) -> Outcome {
    start(folder, args, None, &[])
}

/// The same with environment variables set.
pub(crate) fn run_with<S: AsRef<str>>(
    args: &[S],
    stdin: Option<&[u8]>,
    env: &[(&str, &str)],
) -> Outcome {
    start(&root(), args, stdin, env)
}

fn start<S: AsRef<str>>(
    folder: &Path,
    args: &[S],
    stdin: Option<&[u8]>,
    env: &[(&str, &str)],
) -> Outcome {
    let mut child = Command::new(env!("CARGO_BIN_EXE_crossover"))
        .args(args.iter().map(AsRef::as_ref))
        .current_dir(folder)
        .env_remove("COLUMNS")
        .env_remove("NO_COLOR")
        .envs(env.iter().copied())
        .stdin(if stdin.is_some() { Stdio::piped() } else { Stdio::null() })
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    if let Some(bytes) = stdin {
        let mut pipe = child.stdin.take().expect("a pipe");
        let bytes = bytes.to_vec();
        // The program may stop reading early; a broken pipe is then right.
        std::thread::spawn(move || drop(pipe.write_all(&bytes)));
    }
    let output = child.wait_with_output().expect("the program ends");
    Outcome {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}
