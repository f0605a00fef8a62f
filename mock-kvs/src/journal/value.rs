//! The plain values that a record holds, lent to whoever turns records into something else.

use serde::ser::{Serialize, Serializer};

use super::{By, Direction, Text};
use crate::digest::Short;

/// A field's value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value<'a> {
    /// A count, a time, a size.
    Unsigned(u64),
    /// A difference.
    Signed(i64),
    /// A word or a name.
    Text(&'a str),
    /// Yes or no.
    Bool(bool),
}

impl Serialize for Value<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match *self {
            Self::Unsigned(value) => serializer.serialize_u64(value),
            Self::Signed(value) => serializer.serialize_i64(value),
            Self::Text(value) => serializer.serialize_str(value),
            Self::Bool(value) => serializer.serialize_bool(value),
        }
    }
}

/// What can stand in a record's field; `None` leaves the field out.
pub trait Field {
    /// The value, when there is one.
    fn value(&self) -> Option<Value<'_>>;
}

impl<T: Field> Field for Option<T> {
    fn value(&self) -> Option<Value<'_>> {
        self.as_ref().and_then(Field::value)
    }
}

macro_rules! fields {
    ($( $type:ty, $it:ident => $value:expr; )*) => {
        $( impl Field for $type {
            fn value(&self) -> Option<Value<'_>> {
                let $it = self;
                Some($value)
            }
        } )*
    };
}

fields! {
    u64, it => Value::Unsigned(*it);
    u32, it => Value::Unsigned(u64::from(*it));
    u16, it => Value::Unsigned(u64::from(*it));
    i64, it => Value::Signed(*it);
    bool, it => Value::Bool(*it);
    &'static str, it => Value::Text(it);
    String, it => Value::Text(it);
    Text, it => Value::Text(it);
    By, it => Value::Text(it.word());
    Direction, it => Value::Text(it.word());
}

impl<const N: usize> Field for Short<N> {
    fn value(&self) -> Option<Value<'_>> {
        Some(Value::Text(self.as_str()))
    }
}
