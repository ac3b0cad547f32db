//! The only place that prints. Data goes to standard output, talk to standard error.

use std::io::{IsTerminal, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use report::{Colour, Style, Verbosity};

use crate::cli::{Color, Global};

/// Width when nobody can say: a log file, a pipe.
const WIDTH_DEFAULT: usize = 100;
/// Narrower than this is not a terminal but a mistake.
const WIDTH_MIN: usize = 40;
/// Progress shows only for work that takes longer than this.
const PROGRESS_AFTER: Duration = Duration::from_secs(1);

/// How to talk to the user.
#[derive(Debug)]
pub(crate) struct Ui {
    /// Whether standard output is coloured.
    pub color_out: bool,
    /// Whether standard error is coloured.
    pub color_err: bool,
    /// Columns of the terminal, or 100.
    pub width: usize,
    /// Only the answer.
    pub quiet: bool,
    /// How much more than usual.
    pub verbose: u8,
    started: Instant,
    progress: ProgressBar,
}

impl Ui {
    /// From the flags and the terminal.
    pub(crate) fn new(global: &Global) -> Self {
        let auto = |terminal: bool| match global.color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => terminal && std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty()),
        };
        let (out, err) = (std::io::stdout().is_terminal(), std::io::stderr().is_terminal());
        let columns = std::env::var("COLUMNS").ok().and_then(|c| c.parse().ok());
        let measured = out.then(console_width).flatten();
        let width = columns.or(measured).unwrap_or(WIDTH_DEFAULT).max(WIDTH_MIN);
        let quiet_progress = global.quiet || !err || std::env::var_os("CI").is_some();
        let progress = ProgressBar::new(0);
        progress.set_draw_target(ProgressDrawTarget::hidden());
        let ui = Self {
            color_out: auto(out),
            color_err: auto(err),
            width,
            quiet: global.quiet,
            verbose: global.verbose,
            started: Instant::now(),
            progress,
        };
        if !quiet_progress {
            let style = ProgressStyle::with_template("{spinner} {msg} {wide_bar} {pos}/{len}");
            ui.progress.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        }
        ui
    }

    /// How to write on standard output: on a terminal with the time it took.
    fn style_out(&self) -> Style {
        let style = self.style(self.color_out);
        if !std::io::stdout().is_terminal() {
            // What is kept in a file or piped on must be the same bytes every time.
            return style;
        }
        style.elapsed(units::Duration::from_secs_f64(self.started.elapsed().as_secs_f64()))
    }

    /// How to write on standard error.
    pub(crate) fn style_err(&self) -> Style {
        self.style(self.color_err)
    }

    /// How to write what goes to `path`, or to standard output without one.
    pub(crate) fn style_for(&self, path: Option<&Path>) -> Style {
        if path.is_some() { self.style_file() } else { self.style_out() }
    }

    /// How to write to a file: never in colour, and without the time it took, so that the bytes repeat.
    pub(crate) fn style_file(&self) -> Style {
        self.style(false)
    }

    fn style(&self, color: bool) -> Style {
        let verbosity = match (self.quiet, self.verbose) {
            (true, _) => Verbosity::Quiet,
            (false, 0) => Verbosity::Normal,
            (false, _) => Verbosity::Verbose,
        };
        let colour = if color { Colour::On } else { Colour::Off };
        Style::default().colour(colour).verbosity(verbosity)
    }

    /// Shows that work goes on: on a terminal only, and only once it has taken a second.
    pub(crate) fn progress(&self, what: &str, done: u64, of: u64) {
        if self.started.elapsed() < PROGRESS_AFTER || self.quiet || !std::io::stderr().is_terminal()
        {
            return;
        }
        if std::env::var_os("CI").is_some() {
            return;
        }
        if self.progress.is_hidden() {
            self.progress.set_draw_target(ProgressDrawTarget::stderr());
        }
        self.progress.set_length(of);
        self.progress.set_position(done);
        self.progress.set_message(what.to_owned());
    }

    /// Takes the progress line away before something is printed.
    pub(crate) fn progress_done(&self) {
        self.progress.finish_and_clear();
    }

    /// Prints data: to `path` if given, else to standard output. A closed pipe is not an error.
    pub(crate) fn data(&self, text: &str, path: Option<&Path>) -> anyhow::Result<()> {
        self.progress_done();
        if let Some(path) = path.filter(|p| p.as_os_str() != "-") {
            return std::fs::write(path, text)
                .with_context(|| format!("cannot write {}", path.display()));
        }
        let mut out = std::io::stdout().lock();
        match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
            Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error.into()),
            _ => Ok(()),
        }
    }

    /// Says something on standard error.
    pub(crate) fn talk(&self, text: &str) {
        self.progress_done();
        let mut err = std::io::stderr().lock();
        // Nobody is left to tell if standard error is closed.
        drop(err.write_all(text.as_bytes()));
    }
}

fn console_width() -> Option<usize> {
    let (_, columns) = console::Term::stdout().size_checked()?;
    Some(usize::from(columns))
}
