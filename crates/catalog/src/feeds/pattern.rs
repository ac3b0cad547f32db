//! What a rule asks of a text: `RunInstances`, `*Windows*`, `!*Spot*`.

/// One text with stars for anything, or its opposite.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pattern {
    not: bool,
    /// The text between the stars.
    parts: Vec<String>,
}

impl Pattern {
    pub(crate) fn new(text: &str) -> Self {
        let (not, text) = text.strip_prefix('!').map_or((false, text), |rest| (true, rest));
        Self { not, parts: text.split('*').map(str::to_owned).collect() }
    }

    /// Whether it says what must not be.
    pub(crate) const fn forbids(&self) -> bool {
        self.not
    }

    /// What stands in the place of the stars, if the text is of this form; as little as will do for each.
    pub(crate) fn stars<'t>(&self, text: &'t str) -> Option<Vec<&'t str>> {
        let (first, rest) = self.parts.split_first()?;
        let mut text = text.strip_prefix(first.as_str())?;
        let Some((last, middle)) = rest.split_last() else {
            return text.is_empty().then(Vec::new);
        };
        let mut stars = Vec::new();
        for part in middle {
            let (star, after) = text.split_once(part.as_str())?;
            stars.push(star);
            text = after;
        }
        stars.push(text.strip_suffix(last.as_str())?);
        Some(stars)
    }
}

#[cfg(test)]
mod tests {
    use super::Pattern;

    #[test]
    fn stars_stand_for_anything_and_everything_else_for_itself() {
        for (pattern, text, stars) in [
            ("a", "a", Some(vec![])),
            ("a", "ab", None),
            ("a", "A", None),
            ("", "", Some(vec![])),
            ("*", "", Some(vec![""])),
            ("* Instance Core*", "E2 Instance Core running", Some(vec!["E2", " running"])),
            ("*b*d", "abcd", Some(vec!["a", "c"])),
            ("a*a", "a", None),
        ] {
            assert_eq!(Pattern::new(pattern).stars(text), stars, "{pattern} {text}");
        }
        assert!(Pattern::new("!*Spot*").forbids());
    }
}
