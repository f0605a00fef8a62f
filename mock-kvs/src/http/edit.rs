//! Answers whose JSON is not what the model says.

use serde_json::{Map, Value, json};

use crate::fault::Edit;

/// A body as a fault wants it.
pub(super) fn edited(body: &str, edit: &Edit) -> String {
    match edit {
        Edit::Oversize { bytes } => oversize(body, *bytes),
        Edit::Bad { body: Some(body) } => body.clone(),
        Edit::Bad { body: None } => {
            let half = body.len().div_ceil(2);
            body.chars().take(half).collect()
        }
        Edit::Extra => changed(body, &extend),
        Edit::Missing { member } => changed(body, &|value| remove(value, member.as_deref())),
    }
}

/// Blanks behind the JSON: the same answer to whoever has room for it.
fn oversize(body: &str, bytes: usize) -> String {
    let mut body = body.to_owned();
    let blanks = bytes.saturating_sub(body.len());
    body.extend(std::iter::repeat_n(' ', blanks));
    body
}

/// Another value in the body's place; what is no JSON stays as it is.
fn changed(body: &str, change: &impl Fn(&mut Value)) -> String {
    match serde_json::from_str(body) {
        Ok(mut value) => {
            change(&mut value);
            value.to_string()
        }
        Err(_) => body.to_owned(),
    }
}

fn extend(value: &mut Value) {
    if let Value::Array(values) = value {
        values.iter_mut().for_each(extend);
    } else if let Value::Object(members) = value {
        members.values_mut().for_each(extend);
        members.insert("SomethingNew".into(), json!({ "Deep": [1, null, "text"] }));
        members.insert("SomethingElse".into(), Value::Null);
    }
}

fn remove(value: &mut Value, member: Option<&str>) {
    if let Value::Array(values) = value {
        values.iter_mut().for_each(|value| remove(value, member));
    } else if let Value::Object(members) = value {
        match member {
            None => *members = Map::new(),
            Some(member) => {
                members.remove(member);
                members.values_mut().for_each(|value| remove(value, Some(member)));
            }
        }
    }
}
