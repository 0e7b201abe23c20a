//! JSON Lines: an object on each line, its keys the headers.

use crate::{
    buffer::Buffer,
    encoding::{Encoding, decode_bytes},
    options::Limits,
    raw::Raw,
    row::CellKind,
    rules,
};
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use std::{borrow::Cow, fmt};
use vocabulary::Violation;

/// Lines at the beginning whose keys become headers.
const LINES: usize = 1_000;

/// The lines of a file.
pub(crate) struct JsonRows {
    buffer: Buffer,
    keys: Vec<String>,
    encoding: Encoding,
    limits: Limits,
    number: u64,
}

impl JsonRows {
    pub(crate) fn new(buffer: Buffer, keys: Vec<String>, encoding: Encoding, limits: Limits) -> JsonRows {
        JsonRows { buffer, keys, encoding, limits, number: 0 }
    }

    /// Reads the next line that is not blank; false at the end.
    pub(crate) fn read(&mut self, raw: &mut Raw) -> Result<bool, Violation> {
        let mut looked = 0;
        loop {
            let rest = self.buffer.rest();
            let found = memchr::memchr(b'\n', &rest[looked..]).map(|at| looked + at);
            let (length, used) = match found {
                Some(at) => (at, at + 1),
                None if rest.len() <= self.limits.row => {
                    looked = rest.len();
                    if self.buffer.more(self.number)? {
                        continue;
                    }
                    if self.buffer.rest().is_empty() {
                        return Ok(false);
                    }
                    (self.buffer.rest().len(), self.buffer.rest().len())
                }
                None => (rest.len(), 0),
            };
            looked = 0;
            self.number += 1;
            raw.begin(self.number);
            if length > self.limits.row {
                raw.row.refuse(None, rules::ROW_LONG);
                self.buffer.skip_past(b'\n', self.number)?;
                // The row has no cells; a cell of its own keeps it from counting as blank.
                raw.cell(0, &self.limits);
                return Ok(true);
            }
            let line = self.buffer.rest()[..length].trim_ascii();
            let blank = line.is_empty();
            if !blank {
                let (text, other) = decode_bytes(line, self.encoding);
                if other.is_some() {
                    raw.row.warn(None, rules::MIXED);
                }
                parse(&text, &self.keys, &self.limits, raw);
            }
            self.buffer.used(used);
            if !blank {
                return Ok(true);
            }
        }
    }
}

/// The keys of the first lines, in the order in which they appear.
pub(crate) fn keys(sample: &[u8], encoding: Encoding, limits: &Limits) -> Result<Vec<String>, Violation> {
    struct Keys<'a>(&'a mut Vec<String>, usize);
    impl<'de> Visitor<'de> for Keys<'_> {
        type Value = ();

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
            while let Some(key) = map.next_key::<Cow<'_, str>>()? {
                if self.0.len() < self.1 && !self.0.iter().any(|known| **known == *key) {
                    self.0.push(key.into_owned());
                }
                map.next_value::<serde::de::IgnoredAny>()?;
            }
            Ok(())
        }
    }
    let mut keys = Vec::new();
    for line in sample.split(|b| *b == b'\n').map(<[u8]>::trim_ascii).filter(|l| !l.is_empty()).take(LINES) {
        let (text, _) = decode_bytes(line, encoding);
        // A line that is no object is told when its row is read.
        let _ =
            serde_json::Deserializer::from_str(&text).deserialize_map(Keys(&mut keys, limits.columns + 1));
    }
    if keys.len() > limits.columns {
        return Err(rules::file(rules::MANY_COLUMNS));
    }
    if keys.is_empty() { Err(rules::at_row(rules::JSON, 1)) } else { Ok(keys) }
}

fn parse(line: &str, keys: &[String], limits: &Limits, raw: &mut Raw) {
    let mut reader = serde_json::Deserializer::from_str(line);
    let read = reader.deserialize_map(Object { keys, limits, raw }).and_then(|()| reader.end());
    if read.is_err() {
        raw.row.refuse(None, rules::JSON);
        raw.cell(0, limits);
    }
}

struct Object<'a> {
    keys: &'a [String],
    limits: &'a Limits,
    raw: &'a mut Raw,
}

impl<'de> Visitor<'de> for Object<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        // Lines mostly have the same keys in the same order: the next is looked for first.
        let mut expected = 0;
        let mut seen = vec![0u64; self.keys.len().div_ceil(64)];
        while let Some(column) = map.next_key_seed(Key { keys: self.keys, expected })? {
            let Some(column) = column else {
                self.raw.row.warn(None, rules::JSON_KEY);
                map.next_value::<serde::de::IgnoredAny>()?;
                continue;
            };
            let (word, bit) = (column / 64, 1 << (column % 64));
            if seen[word] & bit != 0 {
                self.raw.row.refuse(Some(column), rules::JSON_TWICE);
                map.next_value::<serde::de::IgnoredAny>()?;
            } else {
                seen[word] |= bit;
                map.next_value_seed(Value { column, limits: self.limits, raw: self.raw })?;
            }
            expected = column + 1;
        }
        Ok(())
    }
}

/// The column of a key, where it has one.
struct Key<'a> {
    keys: &'a [String],
    expected: usize,
}

impl<'de> DeserializeSeed<'de> for Key<'_> {
    type Value = Option<usize>;

    fn deserialize<D: Deserializer<'de>>(self, d: D) -> Result<Option<usize>, D::Error> {
        d.deserialize_str(self)
    }
}

impl Visitor<'_> for Key<'_> {
    type Value = Option<usize>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E>(self, key: &str) -> Result<Option<usize>, E> {
        if self.keys.get(self.expected).is_some_and(|k| k == key) {
            return Ok(Some(self.expected));
        }
        Ok(self.keys.iter().position(|k| k == key))
    }
}

/// A value, written into its cell.
struct Value<'a> {
    column: usize,
    limits: &'a Limits,
    raw: &'a mut Raw,
}

impl Value<'_> {
    fn put<E>(self, text: &str, kind: CellKind) -> Result<(), E> {
        self.raw.put(self.column, text, self.limits);
        if let Some(cell) = self.raw.cell(self.column, self.limits) {
            cell.kind = kind;
        }
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for Value<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, d: D) -> Result<(), D::Error> {
        d.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Value<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        self.put(text, CellKind::Text)
    }

    fn visit_bool<E>(self, value: bool) -> Result<(), E> {
        self.put(if value { "TRUE" } else { "FALSE" }, CellKind::Bool)
    }

    fn visit_u64<E>(self, value: u64) -> Result<(), E> {
        self.put(&value.to_string(), CellKind::Number)
    }

    fn visit_i64<E>(self, value: i64) -> Result<(), E> {
        self.put(&value.to_string(), CellKind::Number)
    }

    fn visit_f64<E>(self, value: f64) -> Result<(), E> {
        if value.abs() >= 1e15 {
            self.raw.row.warn(Some(self.column), rules::PRECISION);
        }
        self.put(&value.to_string(), CellKind::Number)
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let mut values = Vec::new();
        while let Some(value) = seq.next_element::<serde_json::Value>()? {
            values.push(value);
        }
        self.raw.row.warn(Some(self.column), rules::JSON_NESTED);
        self.put(&serde_json::Value::Array(values).to_string(), CellKind::Text)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut object = serde_json::Map::new();
        while let Some((key, value)) = map.next_entry::<String, serde_json::Value>()? {
            object.insert(key, value);
        }
        self.raw.row.warn(Some(self.column), rules::JSON_NESTED);
        self.put(&serde_json::Value::Object(object).to_string(), CellKind::Text)
    }
}
