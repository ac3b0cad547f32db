//! Exact reading of decimal numbers with a unit behind them: `1.5 GiB`, `3M/month`, `$0.20`.

use std::fmt;

/// Why a quantity could not be read, in words that a user can act on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseError {
    /// What is wrong, quoting the text: a lowercase phrase without a full stop.
    pub message: String,
    /// What to write instead, if there is one good answer.
    pub hint: String,
}

impl ParseError {
    pub(crate) fn new(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { message: message.into(), hint: hint.into() }
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for ParseError {}

/// A non-negative decimal as an exact fraction: `digits / 10^scale`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Decimal {
    pub digits: u128,
    pub scale: u32,
}

impl Decimal {
    /// Splits `text` into a leading decimal number and the trimmed rest.
    ///
    /// Underscores between digits are allowed; a sign, an exponent or more than 30 digits are not.
    pub(crate) fn split(text: &str) -> Result<(Self, &str), ParseError> {
        let text = text.trim();
        let mut digits: u128 = 0;
        let (mut scale, mut seen, mut point, mut end) = (0_u32, 0_u32, false, 0_usize);
        for (at, c) in text.char_indices() {
            match c {
                '0'..='9' => {
                    digits = digits * 10 + u128::from(c as u8 - b'0');
                    seen += 1;
                    scale += u32::from(point);
                }
                '.' if !point => point = true,
                '_' if seen > 0 => {}
                _ => break,
            }
            if seen > 30 {
                return Err(ParseError::new(
                    format!("`{text}` has more digits than any real quantity"),
                    "write fewer digits",
                ));
            }
            end = at + c.len_utf8();
        }
        if seen == 0 {
            let hint = if text.starts_with('-') {
                "quantities here are never negative"
            } else {
                "start with a number, such as `300 ms` or `1.5 GiB`"
            };
            return Err(ParseError::new(format!("`{text}` is not a number"), hint));
        }
        let (_, rest) = text.split_at(end);
        Ok((Self { digits, scale }, rest.trim()))
    }

    /// The value times `factor`, rounded half up to an integer; `None` if it does not fit.
    pub(crate) fn times(self, factor: u128) -> Option<u128> {
        let product = self.digits.checked_mul(factor)?;
        let divisor = 10_u128.checked_pow(self.scale)?;
        Some((product + divisor / 2) / divisor)
    }

    pub(crate) fn to_f64(self) -> f64 {
        self.digits as f64 / 10_f64.powi(self.scale.cast_signed())
    }
}

/// Writes `value` with at most `places` decimals and without trailing zeros.
pub(crate) fn trimmed(value: f64, places: usize) -> String {
    let text = format!("{value:.places$}");
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    }
}
