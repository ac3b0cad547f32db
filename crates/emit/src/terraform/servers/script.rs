//! Words of a shell, as text in which Terraform fills in `${…}`.

use crate::terraform::json::escape;

/// One word of the shell, whatever is in it.
pub(in crate::terraform) fn word(text: &str) -> String {
    escape(&format!("'{}'", text.replace('\'', r"'\''")))
}

/// One word of the shell that an expression of Terraform makes.
pub(in crate::terraform) fn filled(expression: &str) -> String {
    format!("'${{replace({expression}, \"'\", \"'\\\\''\")}}'")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_gets_out_of_a_word() {
        assert_eq!(word("it's $HOME `x` ${y}"), r"'it'\''s $HOME `x` $${y}'");
        assert_eq!(filled("var.x"), r#"'${replace(var.x, "'", "'\\''")}'"#);
    }
}
