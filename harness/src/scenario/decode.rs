//! From a [`Node`] to typed values, through serde, with the place of every mistake.
//!
//! A mistake is caught where it happens: serde names an unknown key or word together with those it
//! knows, and the decoder adds which bytes of the file they stand at.

use std::fmt;
use std::ops::Range;

use serde::de::value::StrDeserializer;
use serde::de::{self, DeserializeOwned, DeserializeSeed, IntoDeserializer, Visitor};

use super::tree::{Entry, Kind, Node, Scalar, Value};

/// A value that cannot be what its place demands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// What is wrong.
    pub what: What,
    /// Where.
    pub at: Option<Range<usize>>,
}

/// What is wrong with a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// A key nobody reads.
    UnknownKey {
        /// As written.
        found: String,
        /// Those that are read there.
        known: Vec<&'static str>,
    },
    /// A word that is none of those allowed.
    UnknownWord {
        /// As written.
        found: String,
        /// Those allowed.
        known: Vec<&'static str>,
    },
    /// A key that must be given.
    Missing(&'static str),
    /// `{name}` without quotes, which YAML takes for a map.
    Unquoted(String),
    /// Anything else, in words.
    Other(String),
}

/// Decodes a tree.
///
/// # Errors
/// The first mistake, with its place.
pub fn decode<T: DeserializeOwned>(root: &Node) -> Result<T, Mistake> {
    T::deserialize(Decoder { node: root, owner: &root.at })
}

/// A node, and the key (or item) it belongs to: what a missing key is shown at.
#[derive(Clone, Copy)]
struct Decoder<'de> {
    node: &'de Node,
    owner: &'de Range<usize>,
}

impl<'de> Decoder<'de> {
    /// Adds the place to a mistake that has none yet.
    fn place(self) -> impl FnOnce(Mistake) -> Mistake + 'de {
        move |mistake| match (&mistake.at, &mistake.what) {
            (Some(_), _) => mistake,
            (None, What::Missing(_)) => Mistake { at: Some(self.owner.clone()), ..mistake },
            (None, _) => Mistake { at: Some(self.shown().clone()), ..mistake },
        }
    }

    fn shown(self) -> &'de Range<usize> {
        if self.node.is_scalar() { &self.node.at } else { self.owner }
    }

    fn refuse<T>(self, wanted: &dyn de::Expected) -> Result<T, Mistake> {
        let what = match &self.node.value {
            Value::Map(_) => match self.unquoted() {
                Some(name) => What::Unquoted(name),
                None => What::Other(format!("expected {wanted}, found keys and values")),
            },
            Value::Empty => What::Other(format!("expected {wanted}, found nothing")),
            Value::Scalar(scalar) => {
                What::Other(format!("expected {wanted}, found `{}`", scalar.text))
            }
            Value::List(_) => What::Other(format!("expected {wanted}, found a list")),
        };
        Err(Mistake { what, at: Some(self.shown().clone()) })
    }

    /// The name in `{name}`, which YAML takes for a map with a key and no value.
    fn unquoted(self) -> Option<String> {
        let Value::Map(entries) = &self.node.value else { return None };
        match entries.as_slice() {
            [Entry { key, value: Node { value: Value::Empty, .. }, .. }] => Some(key.clone()),
            [] | [_, ..] => None,
        }
    }

    /// A unit is asked for without saying that it is no map; then `{name}` is a placeholder.
    fn perhaps_unquoted(self, mistake: Mistake) -> Mistake {
        let here = mistake.at.as_ref() == Some(self.shown());
        match (&mistake.what, self.unquoted()) {
            (What::Other(_), Some(name)) if here => {
                Mistake { what: What::Unquoted(name), ..mistake }
            }
            (_, _) => mistake,
        }
    }

    fn scalar(self, wanted: &dyn de::Expected) -> Result<&'de Scalar, Mistake> {
        match &self.node.value {
            Value::Scalar(scalar) => Ok(scalar),
            Value::Empty | Value::List(_) | Value::Map(_) => self.refuse(wanted),
        }
    }

    fn map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
        match &self.node.value {
            Value::Map(entries) => {
                visitor.visit_map(Entries { entries: entries.iter(), next: None })
            }
            // `heal:` alone is `heal` with nothing further said.
            Value::Empty => visitor.visit_map(Entries { entries: [].iter(), next: None }),
            Value::Scalar(_) | Value::List(_) => self.refuse(&"keys and values"),
        }
        .map_err(self.place())
    }
}

macro_rules! number {
    ($($method:ident $visit:ident $type:ty, $wanted:literal;)*) => { $(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
            match self.scalar(&$wanted)?.text.parse::<$type>() {
                Ok(number) => visitor.$visit(number).map_err(self.place()),
                Err(_) => self.refuse(&$wanted),
            }
        }
    )* };
}

impl<'de> de::Deserializer<'de> for Decoder<'de> {
    type Error = Mistake;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
        match &self.node.value {
            Value::Empty => visitor.visit_unit().map_err(self.place()),
            Value::List(_) => self.deserialize_seq(visitor),
            Value::Map(_) => self.map(visitor).map_err(|mistake| self.perhaps_unquoted(mistake)),
            Value::Scalar(scalar) => match scalar.kind {
                Kind::Text => visitor.visit_str(&scalar.text).map_err(self.place()),
                Kind::Bool => self.deserialize_bool(visitor),
                Kind::Number => match scalar.text.parse::<i64>() {
                    Ok(number) => visitor.visit_i64(number).map_err(self.place()),
                    Err(_) => self.deserialize_f64(visitor),
                },
            },
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
        let flag = match self.scalar(&"`true` or `false`")?.text.as_str() {
            "true" => true,
            "false" => false,
            _ => return self.refuse(&"`true` or `false`"),
        };
        visitor.visit_bool(flag).map_err(self.place())
    }

    number! {
        deserialize_i8 visit_i8 i8, "a whole number from -128 to 127";
        deserialize_i16 visit_i16 i16, "a whole number from -32768 to 32767";
        deserialize_i32 visit_i32 i32, "a whole number";
        deserialize_i64 visit_i64 i64, "a whole number";
        deserialize_u8 visit_u8 u8, "a whole number from 0 to 255";
        deserialize_u16 visit_u16 u16, "a whole number from 0 to 65535";
        deserialize_u32 visit_u32 u32, "a whole number";
        deserialize_u64 visit_u64 u64, "a whole number";
        deserialize_f32 visit_f32 f32, "a number";
        deserialize_f64 visit_f64 f64, "a number";
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
        let scalar = self.scalar(&"text")?;
        visitor.visit_str(&scalar.text).map_err(self.place())
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
        self.deserialize_str(visitor)
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
        self.deserialize_str(visitor)
    }

    fn deserialize_char<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
        self.deserialize_str(visitor)
    }

    /// A key without a value is *given*: `backoff:` asks for the check with its defaults, and an
    /// optional text that is not there is a mistake, never silently none.
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Mistake> {
        visitor.visit_newtype_struct(self).map_err(self.place())
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
        match &self.node.value {
            Value::List(items) => {
                visitor.visit_seq(Items { items: items.iter() }).map_err(self.place())
            }
            Value::Empty | Value::Scalar(_) | Value::Map(_) => self.refuse(&"a list"),
        }
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
        self.map(visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Mistake> {
        self.map(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        words: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Mistake> {
        let choice = match &self.node.value {
            Value::Scalar(scalar) => {
                Choice { word: &scalar.text, word_at: &self.node.at, content: None }
            }
            Value::Map(entries) => match entries.as_slice() {
                [entry] => Choice {
                    word: &entry.key,
                    word_at: &entry.key_at,
                    content: Some(Decoder { node: &entry.value, owner: &entry.key_at }),
                },
                [_, second, ..] => {
                    let what = "one word is allowed here; indent further what belongs to it";
                    let at = Some(second.key_at.clone());
                    return Err(Mistake { what: What::Other(what.to_owned()), at });
                }
                [] => return self.refuse(&OneOf(words)),
            },
            Value::Empty | Value::List(_) => return self.refuse(&OneOf(words)),
        };
        visitor.visit_enum(choice).map_err(self.place())
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
        match &self.node.value {
            Value::Empty => visitor.visit_unit(),
            Value::Scalar(_) | Value::List(_) | Value::Map(_) => self.refuse(&"nothing"),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
        visitor.visit_unit()
    }

    serde::forward_to_deserialize_any! { bytes byte_buf unit_struct tuple tuple_struct }
}

struct OneOf(&'static [&'static str]);

impl de::Expected for OneOf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "one of {}", self.0.join(", "))
    }
}

struct Items<'de> {
    items: std::slice::Iter<'de, Node>,
}

impl<'de> de::SeqAccess<'de> for Items<'de> {
    type Error = Mistake;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Mistake> {
        let Some(node) = self.items.next() else { return Ok(None) };
        seed.deserialize(Decoder { node, owner: &node.at }).map(Some)
    }
}

struct Entries<'de> {
    entries: std::slice::Iter<'de, Entry>,
    next: Option<&'de Entry>,
}

impl<'de> de::MapAccess<'de> for Entries<'de> {
    type Error = Mistake;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Mistake> {
        self.next = self.entries.next();
        let Some(entry) = self.next else { return Ok(None) };
        seed.deserialize(word(&entry.key))
            .map(Some)
            .map_err(|mistake| at_word(mistake, &entry.key_at))
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Mistake> {
        let Some(entry) = self.next.take() else {
            return Err(de::Error::custom("a value was asked for before its key"));
        };
        seed.deserialize(Decoder { node: &entry.value, owner: &entry.key_at })
    }
}

struct Choice<'de> {
    word: &'de str,
    word_at: &'de Range<usize>,
    content: Option<Decoder<'de>>,
}

/// What stands in for the content of a word that came without any.
const NOTHING: Node = Node { value: Value::Empty, at: 0..0 };

impl<'de> de::EnumAccess<'de> for Choice<'de> {
    type Error = Mistake;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), Mistake> {
        let word_at = self.word_at;
        let value =
            seed.deserialize(word(self.word)).map_err(|mistake| at_word(mistake, word_at))?;
        Ok((value, self))
    }
}

impl<'de> de::VariantAccess<'de> for Choice<'de> {
    type Error = Mistake;

    fn unit_variant(self) -> Result<(), Mistake> {
        match self.content {
            None => Ok(()),
            Some(content) => content.refuse(&"nothing"),
        }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Mistake> {
        match self.content {
            Some(content) => seed.deserialize(content),
            None => {
                let owner = self.word_at;
                let nothing: &'static Node = &NOTHING;
                seed.deserialize(Decoder { node: nothing, owner })
            }
        }
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, _: V) -> Result<V::Value, Mistake> {
        Err(de::Error::custom("the format has no such words"))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Mistake> {
        match self.content {
            Some(content) => content.map(visitor),
            None => visitor.visit_map(Entries { entries: [].iter(), next: None }),
        }
    }
}

fn word(text: &str) -> StrDeserializer<'_, Mistake> {
    text.into_deserializer()
}

fn at_word(mistake: Mistake, at: &Range<usize>) -> Mistake {
    Mistake { at: mistake.at.or_else(|| Some(at.clone())), ..mistake }
}

impl de::Error for Mistake {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self { what: What::Other(message.to_string()), at: None }
    }

    fn invalid_type(found: de::Unexpected<'_>, wanted: &dyn de::Expected) -> Self {
        Self::custom(format_args!("expected {wanted}, found {found}"))
    }

    fn unknown_field(found: &str, known: &'static [&'static str]) -> Self {
        let what = What::UnknownKey { found: found.to_owned(), known: known.to_vec() };
        Self { what, at: None }
    }

    fn unknown_variant(found: &str, known: &'static [&'static str]) -> Self {
        let what = What::UnknownWord { found: found.to_owned(), known: known.to_vec() };
        Self { what, at: None }
    }

    fn missing_field(field: &'static str) -> Self {
        Self { what: What::Missing(field), at: None }
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.what {
            What::UnknownKey { found, .. } => write!(f, "unknown key `{found}`"),
            What::UnknownWord { found, .. } => write!(f, "unknown word `{found}`"),
            What::Missing(key) => write!(f, "`{key}` is missing"),
            What::Unquoted(name) => write!(f, "`{{{name}}}` needs quotes"),
            What::Other(text) => f.write_str(text),
        }
    }
}

impl std::error::Error for Mistake {}
