//! Whether an answer has the shape its operation's model gives it.

use serde_json::Value;

use super::model::{Model, Operation};
use super::support::Answer;

/// A result of the output's shape, or one of the operation's errors with its code and its key.
pub fn check(model: &Model, operation: &Operation, answer: &Answer) -> Result<(), String> {
    if answer.status != 200 {
        return error(model, operation, answer);
    }
    match &operation.output {
        Some(output) => fits(model, output, &answer.json(), output),
        None if answer.body.is_empty() => Ok(()),
        None => Err("the model has no body here".into()),
    }
}

fn error(model: &Model, operation: &Operation, answer: &Answer) -> Result<(), String> {
    let name = answer.error();
    if !operation.errors.iter().any(|error| error == name) {
        return Err(format!("the model has no {name} here"));
    }
    let shape = model.shape(name);
    if shape["error"]["httpStatusCode"] != answer.status {
        return Err(format!("{} has another code", name));
    }
    fits(model, name, &answer.json(), name)?;
    match answer.json().as_object().map(serde_json::Map::len) {
        Some(1) => Ok(()),
        _ => Err("an error is an object with its text".into()),
    }
}

fn fits(model: &Model, name: &str, value: &Value, path: &str) -> Result<(), String> {
    let shape = model.shape(name);
    let inner = |member: &Value| member["shape"].as_str().expect("a shape").to_owned();
    match (shape["type"].as_str().expect("a type"), value) {
        ("structure", Value::Object(members)) => {
            for (member, value) in members {
                let path = format!("{path}.{member}");
                let known =
                    shape["members"].get(member).ok_or(format!("{path} is not modelled"))?;
                fits(model, &inner(known), value, &path)?;
            }
            let mut required = shape["required"].as_array().into_iter().flatten();
            match required.find(|name| !members.contains_key(name.as_str().unwrap_or_default())) {
                Some(missing) => Err(format!("{path} lacks {missing}")),
                None => Ok(()),
            }
        }
        ("list", Value::Array(elements)) => {
            bounds(shape, elements.len() as f64, path)?;
            let member = inner(&shape["member"]);
            elements.iter().try_for_each(|element| fits(model, &member, element, path))
        }
        ("map", Value::Object(entries)) => {
            let (key, member) = (inner(&shape["key"]), inner(&shape["value"]));
            entries.iter().try_for_each(|(name, value)| {
                fits(model, &key, &Value::from(name.as_str()), path)?;
                fits(model, &member, value, path)
            })
        }
        ("string", Value::String(text)) => {
            let choices = shape["enum"].as_array();
            if choices.is_some_and(|choices| !choices.contains(value)) {
                return Err(format!("{path} is none of the model's values"));
            }
            bounds(shape, text.chars().count() as f64, path)
        }
        ("integer", Value::Number(number)) => {
            bounds(shape, number.as_f64().expect("a number"), path)
        }
        ("timestamp", Value::Number(_)) => Ok(()),
        (wanted, _) => Err(format!("{path} is no {wanted}")),
    }
}

fn bounds(shape: &Value, size: f64, path: &str) -> Result<(), String> {
    let (min, max) = (shape["min"].as_f64(), shape["max"].as_f64());
    let fits = min.is_none_or(|min| size >= min) && max.is_none_or(|max| size <= max);
    if fits {
        Ok(())
    } else {
        Err(format!("{path} is of {size}, the model says {min:?} to {max:?}"))
    }
}
