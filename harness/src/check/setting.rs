//! How a scenario file sets a check: not at all, `off`, alone, or with parameters.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// What the file says of one check.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Setting<P> {
    /// Nothing: judged only if it always is.
    #[default]
    Unsaid,
    /// `off`: not judged.
    Off,
    /// Judged with these parameters; `backoff:` alone means its defaults.
    On(P),
}

impl<P: Clone + Default> Setting<P> {
    /// Whether to judge, for a check that is judged `always` or only when asked for.
    pub fn asked(&self, always: bool) -> bool {
        match self {
            Self::Unsaid => always,
            Self::Off => false,
            Self::On(_) => true,
        }
    }

    /// The parameters that the file gives.
    pub const fn on(&self) -> Option<&P> {
        match self {
            Self::On(parameters) => Some(parameters),
            Self::Unsaid | Self::Off => None,
        }
    }

    /// The parameters to judge with.
    pub fn parameters(&self) -> P {
        match self {
            Self::Unsaid | Self::Off => P::default(),
            Self::On(parameters) => parameters.clone(),
        }
    }
}

impl<'de, P: Deserialize<'de> + Default> Deserialize<'de> for Setting<P> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Words(PhantomData))
    }
}

struct Words<P>(PhantomData<P>);

impl<'de, P: Deserialize<'de> + Default> Visitor<'de> for Words<P> {
    type Value = Setting<P>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("`off`, nothing, or the check's parameters")
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(Setting::On(P::default()))
    }

    fn visit_bool<E: Error>(self, on: bool) -> Result<Self::Value, E> {
        // YAML 1.1 readers, and people, take `off` for false.
        Ok(if on { Setting::On(P::default()) } else { Setting::Off })
    }

    fn visit_str<E: Error>(self, word: &str) -> Result<Self::Value, E> {
        match word {
            "off" => Ok(Setting::Off),
            "on" => Ok(Setting::On(P::default())),
            other => Err(E::unknown_variant(other, &["off", "on"])),
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        P::deserialize(MapAccessDeserializer::new(map)).map(Setting::On)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Self::Value, A::Error> {
        P::deserialize(SeqAccessDeserializer::new(seq)).map(Setting::On)
    }
}

impl<P: JsonSchema> JsonSchema for Setting<P> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("Setting_of_{}", P::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let parameters = P::json_schema(generator);
        json_schema!({
            "anyOf": [parameters, { "enum": ["off", "on"] }, { "type": ["null", "boolean"] }]
        })
    }
}
