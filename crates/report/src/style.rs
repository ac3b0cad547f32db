//! How terminal text is painted. Colour only underlines what the words already say.

use anstyle::AnsiColor;
use units::Duration;

use crate::text;

/// Whether escape sequences for colour are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Colour {
    /// Plain text.
    #[default]
    Off,
    /// With escape sequences.
    On,
}

/// Which characters the terminal can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Glyphs {
    /// All of Unicode.
    #[default]
    Unicode,
    /// Our own signs in ASCII; names that came from the user stay as they are.
    Ascii,
}

/// How much is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Verbosity {
    /// The verdict and nothing else.
    Quiet,
    /// The answer and what it rests on.
    #[default]
    Normal,
    /// Also every option that was tried and every line of the bills.
    Verbose,
}

/// How terminal output is written. The default is plain Unicode text of normal length.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Style {
    /// Colour or not.
    pub colour: Colour,
    /// Unicode or ASCII.
    pub glyphs: Glyphs,
    /// How much.
    pub verbosity: Verbosity,
    /// How long the answer took, if it shall stand in the footer.
    pub elapsed: Option<Duration>,
}

impl Style {
    /// With colour, or the same style without.
    #[must_use]
    pub const fn colour(mut self, colour: Colour) -> Self {
        self.colour = colour;
        self
    }
    /// With other characters.
    #[must_use]
    pub const fn glyphs(mut self, glyphs: Glyphs) -> Self {
        self.glyphs = glyphs;
        self
    }
    /// Shorter or longer.
    #[must_use]
    pub const fn verbosity(mut self, verbosity: Verbosity) -> Self {
        self.verbosity = verbosity;
        self
    }
    /// With the time it took in the footer.
    #[must_use]
    pub const fn elapsed(mut self, elapsed: Duration) -> Self {
        self.elapsed = Some(elapsed);
        self
    }

    /// `text` in the colour of `tone`.
    pub(crate) fn paint(self, tone: Tone, text: &str) -> String {
        let style = tone.style();
        if self.colour == Colour::Off || tone == Tone::Plain || text.trim().is_empty() {
            return text.to_owned();
        }
        format!("{style}{text}{style:#}")
    }

    /// `sentence` folded at `width` columns, every line indented and ended, and nothing in it that steers the terminal;
    /// nothing if it is empty.
    pub(crate) fn folded(self, sentence: &str, width: usize, indent: usize, tone: Tone) -> String {
        if sentence.is_empty() {
            return String::new();
        }
        let mut out = String::new();
        for line in text::fold(sentence, width.saturating_sub(indent)) {
            out.extend([text::spaces(indent), self.paint(tone, &line), "\n".to_owned()]);
        }
        out
    }

    /// The finished text with our own signs as this style's glyphs.
    pub(crate) fn finish(self, text: String) -> String {
        if self.glyphs == Glyphs::Unicode {
            return text;
        }
        text.chars().map(ascii).collect()
    }
}

/// One column for one column, so that nothing loses its alignment.
const fn ascii(c: char) -> char {
    match c {
        '·' | '–' | '−' | '─' => '-',
        '…' => '~',
        '×' => 'x',
        '→' => '>',
        'µ' => 'u',
        '▁' | '▂' => '.',
        '▃' | '▄' => ':',
        '▅' | '▆' => '+',
        '▇' | '█' => '#',
        _ => c,
    }
}

/// What a piece of text is, as far as colour goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Tone {
    /// Like everything else.
    #[default]
    Plain,
    /// What the eye should find first.
    Strong,
    /// The answer.
    Good,
    /// Impossible, lost.
    Bad,
    /// Beside the point.
    Quiet,
}

impl Tone {
    const fn style(self) -> anstyle::Style {
        match self {
            Self::Plain => anstyle::Style::new(),
            Self::Strong => anstyle::Style::new().bold(),
            Self::Good => AnsiColor::Green.on_default().bold(),
            Self::Bad => AnsiColor::Red.on_default(),
            Self::Quiet => anstyle::Style::new().dimmed(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colour_is_written_only_when_asked_for() {
        assert_eq!(Style::default().paint(Tone::Bad, "x"), "x");
        assert_eq!(
            Style::default().colour(Colour::On).paint(Tone::Bad, "x"),
            "\u{1b}[31mx\u{1b}[0m"
        );
        assert_eq!(Style::default().colour(Colour::On).paint(Tone::Bad, "  "), "  ");
    }

    #[test]
    fn ascii_keeps_every_column() {
        let ascii = Style::default().glyphs(Glyphs::Ascii).finish("9× · 1…  – ▁█".to_owned());
        assert_eq!(ascii, "9x - 1~  - .#");
    }
}
