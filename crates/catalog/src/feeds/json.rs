//! JSON in one pass: objects are walked entry by entry, and what nobody asks for is never kept.

use std::fmt;

use serde::de::{self, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use units::Date;

use super::FeedError;
use super::bytes::Bytes;
use super::number::Exact;

/// A feed is told by its first bytes: half of a megabyte before the first telling key is no feed.
pub(super) const TOLD_BY_MAX: usize = 256 << 10;
/// Longest text that is kept: SKUs, names, descriptions.
const TEXT_MAX: usize = 8 << 10;

/// An object that takes its entries one by one.
pub(crate) trait Object {
    /// Where the text of a key is kept, if that is all there is to do with it.
    fn text(&mut self, _key: &str) -> Option<&mut String> {
        None
    }

    /// Reads the value of any other `key` from `map`: exactly one value.
    fn entry<'de, A: MapAccess<'de>>(&mut self, _key: &str, map: &mut A) -> Result<(), A::Error> {
        skip(map)
    }

    /// Reads the object from JSON text inside a string, where a feed has it so.
    fn quoted(&mut self, _text: &str) -> Option<Result<(), String>> {
        None
    }

    /// The object is at its end.
    fn end(&mut self) -> Result<(), String> {
        Ok(())
    }
}

/// Reads an object, an array of such objects, or nothing at all (`null`).
pub(crate) struct Walk<'t, T>(pub &'t mut T);

impl<'de, T: Object> DeserializeSeed<'de> for Walk<'_, T> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, T: Object> Visitor<'de> for Walk<'_, T> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(Text(key)) = map.next_key()? {
            take(self.0, &key, &mut map)?;
        }
        self.0.end().map_err(de::Error::custom)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<(), E> {
        match self.0.quoted(text) {
            Some(read) => read.map_err(E::custom),
            None => Err(E::invalid_type(de::Unexpected::Str(text), &self)),
        }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while seq.next_element_seed(Walk(&mut *self.0))?.is_some() {}
        Ok(())
    }

    fn visit_unit<E: de::Error>(self) -> Result<(), E> {
        Ok(())
    }
}

/// Reads the value of `key`, a text or not, into an object.
pub(crate) fn take<'de, T: Object, A: MapAccess<'de>>(
    object: &mut T,
    key: &str,
    map: &mut A,
) -> Result<(), A::Error> {
    if let Some(kept) = object.text(key) {
        let Text(text) = map.next_value()?;
        *kept = text;
        return Ok(());
    }
    object.entry(key, map)
}

/// An object of which only what stands under one key is read.
pub(crate) struct Under<'t, T>(pub &'static str, pub &'t mut T);

impl<T: Object> Object for Under<'_, T> {
    fn entry<'de, A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        if key == self.0 { map.next_value_seed(Walk(&mut *self.1)) } else { skip(map) }
    }
}

/// Reads every document of a feed: one, or several one after the other, as pages are often kept.
pub(crate) fn documents<T: Object>(bytes: &mut Bytes<'_>, object: &mut T) -> Result<(), FeedError> {
    let mut json = serde_json::Deserializer::from_reader(&mut *bytes);
    let read = loop {
        if let Err(error) = Walk(&mut *object).deserialize(&mut json) {
            break Err(error);
        }
        // Anything but white space behind a document is the next one.
        if json.end().is_ok() {
            break Ok(());
        }
    };
    read.map_err(|error| bytes.error(said(&error)))
}

/// The error without the line and column, which say nothing in a file of one line.
pub(crate) fn said(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let what = text.split_once(" at line ").map_or(text.as_str(), |(what, _)| what);
    if error.is_eof() { format!("the feed is cut off: {what}") } else { what.to_owned() }
}

/// Leaves the value of a key alone.
pub(crate) fn skip<'de, A: MapAccess<'de>>(map: &mut A) -> Result<(), A::Error> {
    map.next_value::<IgnoredAny>().map(|_| ())
}

/// A text of bounded length; numbers and flags are taken as text, too, and `null` as nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Text(pub String);

impl<'de> de::Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextVisitor)
    }
}

struct TextVisitor;

impl<'de> Visitor<'de> for TextVisitor {
    type Value = Text;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Text, E> {
        if text.len() > TEXT_MAX {
            return Err(E::custom(format!("a text of more than {TEXT_MAX} bytes")));
        }
        Ok(Text(text.to_owned()))
    }
    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Text, E> {
        Ok(Text(value.to_string()))
    }
    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Text, E> {
        Ok(Text(value.to_string()))
    }
    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Text, E> {
        Ok(Text(value.to_string()))
    }
    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Text, E> {
        Ok(Text(value.to_string()))
    }
    fn visit_unit<E: de::Error>(self) -> Result<Text, E> {
        Ok(Text::default())
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Text, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Text::default())
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Text, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Text::default())
    }
}

/// A number that is not negative, written as a number or in quotes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Number(pub Exact);

impl<'de> de::Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NumberVisitor)
    }
}

struct NumberVisitor;

impl Visitor<'_> for NumberVisitor {
    type Value = Number;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number that is not negative")
    }
    fn visit_str<E: de::Error>(self, text: &str) -> Result<Number, E> {
        let bad = || E::invalid_value(de::Unexpected::Str(text), &self);
        Exact::parse(text.trim()).map(Number).ok_or_else(bad)
    }
    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Number, E> {
        Ok(Number(Exact::new(value.into(), 0)))
    }
    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Number, E> {
        let bad = || E::invalid_value(de::Unexpected::Float(value), &self);
        Exact::from_f64(value).map(Number).ok_or_else(bad)
    }
}

/// The day of a time such as `2023-03-22T14:56:51Z`; nothing for an empty text.
pub(crate) fn day(text: &str) -> Result<Option<Date>, String> {
    let (day, _) = text.split_once(['T', ' ']).unwrap_or((text, ""));
    if day.is_empty() {
        return Ok(None);
    }
    Date::parse(day).map(Some).map_err(|error| error.message)
}

/// The keys of the first object in a text that may be cut off anywhere.
pub(crate) fn outer_keys(text: &str) -> Vec<&str> {
    let Some(start) = text.find(|c: char| !c.is_whitespace() && c != '[') else {
        return Vec::new();
    };
    let (_, text) = text.split_at(start);
    if !text.starts_with('{') {
        return Vec::new();
    }
    let (mut keys, mut depth) = (Vec::new(), 0_usize);
    let (mut begin, mut escaped, mut last) = (None, false, None);
    for (at, c) in text.char_indices() {
        if let Some(from) = begin {
            match c {
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                '"' => {
                    (begin, last) = (None, text.get(from..at));
                }
                _ => {}
            }
            continue;
        }
        match c {
            '"' => begin = Some(at + 1),
            '{' | '[' => depth += 1,
            '}' | ']' if depth <= 1 => break,
            '}' | ']' => depth -= 1,
            ':' if depth == 1 => keys.extend(last.take()),
            _ => {}
        }
    }
    keys
}
