//! Requests generated from an operation's input shape, and what the model says about each.

use serde_json::{Map, Value, json};

use super::model::{Model, Operation};
use super::sample::Pattern;
use super::world::World;

/// One request.
pub struct Case {
    pub what: String,
    pub body: Value,
    pub expect: Expect,
}

/// What the model says about a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expect {
    /// All of it is right, and everything it names is there.
    Accepted,
    /// Nothing is wrong with its form.
    WellFormed,
    /// A constraint is violated.
    Violates,
    /// More elements than a list may have: a constraint, or a limit with an error of its own.
    TooMany,
    /// A member is of another JSON type.
    NotOfItsType,
}

/// Where the mock leaves the model on purpose, because a client in production does (spec §1.3.1,
/// §1.4): AWS's C SDK sends both empty.
const LENIENT: [(&str, &str); 2] =
    [("DeleteSignalingChannel", "CurrentVersion"), ("GetIceServerConfig", "ClientId")];

/// Every request for an operation.
pub fn of(model: &Model, operation: &Operation, world: &World) -> Vec<Case> {
    let mut maker = Maker { model, operation, world, whole: Value::Null, cases: Vec::new() };
    maker.whole = maker.complete(&operation.input, "");
    maker.add("complete", maker.whole.clone(), Expect::Accepted);
    let mut unknown = maker.whole.clone();
    unknown["SomethingNew"] = json!({ "deep": [1] });
    maker.add("with a member the model does not have", unknown, Expect::Accepted);
    for junk in [json!([]), json!("text"), json!(7)] {
        maker.add(&format!("{junk} in place of an object"), junk, Expect::NotOfItsType);
    }
    maker.members(&operation.input, &mut Vec::new());
    maker.cases
}

struct Maker<'a> {
    model: &'a Model,
    operation: &'a Operation,
    world: &'a World,
    /// A request with every member, all right.
    whole: Value,
    cases: Vec<Case>,
}

impl Maker<'_> {
    /// A valid value of a shape, with every member there is.
    fn complete(&self, shape: &str, member: &str) -> Value {
        if let Some(live) = self.world.live(&self.operation.name, member) {
            return live;
        }
        let shape = self.model.shape(shape);
        match kind(shape) {
            "structure" => {
                let members = shape["members"].as_object().expect("members");
                let all = members
                    .iter()
                    .map(|(name, member)| (name.clone(), self.complete(shape_of(member), name)));
                Value::Object(all.collect::<Map<_, _>>())
            }
            "list" => json!([self.complete(shape_of(&shape["member"]), "")]),
            "integer" => shape["min"].clone(),
            "string" => text(shape, length_min(shape).max(1), 0).into(),
            other => panic!("inputs have no {other} yet"),
        }
    }

    fn members(&mut self, shape: &str, path: &mut Vec<String>) {
        let shape = self.model.shape(shape);
        for (name, member) in shape["members"].as_object().expect("members") {
            let required = shape["required"].as_array().into_iter().flatten();
            let is_required = required.into_iter().any(|required| required == name);
            path.push(name.clone());
            let absent = if is_required { Expect::Violates } else { Expect::WellFormed };
            self.put(path, None, "missing", absent);
            self.put(path, Some(Value::Null), "null", absent);
            self.value(shape_of(member), path);
            path.pop();
        }
    }

    fn value(&mut self, name: &str, path: &mut Vec<String>) {
        let shape = self.model.shape(name);
        match kind(shape) {
            "structure" => {
                self.not_of_its_type(path, &[json!("text"), json!(7), json!([])]);
                self.members(name, path);
            }
            "list" => self.list(shape, path),
            "integer" => self.integer(shape, path),
            "string" if shape["enum"].is_array() => self.choice(shape, path),
            "string" => self.string(shape, path),
            other => panic!("inputs have no {other} yet"),
        }
    }

    fn list(&mut self, shape: &Value, path: &mut Vec<String>) {
        self.not_of_its_type(path, &[json!("text"), json!(7), json!({ "a": 1 })]);
        let element = self.complete(shape_of(&shape["member"]), "");
        let of = |count: u64| Some(Value::Array((0..count).map(|n| nth(&element, n)).collect()));
        if let Some(min) = shape["min"].as_u64() {
            self.put(path, of(min), "of the fewest elements", Expect::WellFormed);
            if min > 0 {
                self.put(path, of(min - 1), "of too few elements", Expect::Violates);
            }
        }
        if let Some(max) = shape["max"].as_u64() {
            self.put(path, of(max), "of the most elements", Expect::WellFormed);
            self.put(path, of(max + 1), "of too many elements", Expect::TooMany);
        }
        path.push("0".into());
        self.value(shape_of(&shape["member"]), path);
        path.pop();
    }

    fn integer(&mut self, shape: &Value, path: &[String]) {
        self.not_of_its_type(path, &[json!("7"), json!(true), json!([7]), json!({})]);
        if let Some(min) = shape["min"].as_i64() {
            self.put(path, Some(min.into()), "the least", Expect::WellFormed);
            self.put(path, Some((min - 1).into()), "below the least", Expect::Violates);
        }
        if let Some(max) = shape["max"].as_i64() {
            self.put(path, Some(max.into()), "the most", Expect::WellFormed);
            self.put(path, Some((max + 1).into()), "above the most", Expect::Violates);
        }
    }

    fn choice(&mut self, shape: &Value, path: &[String]) {
        self.not_of_its_type(path, &[json!(7), json!(false), json!([]), json!({})]);
        for value in shape["enum"].as_array().expect("an array") {
            self.put(path, Some(value.clone()), &format!("{value}"), Expect::WellFormed);
            let small = value.as_str().expect("a string").to_ascii_lowercase();
            self.put(path, Some(small.into()), "in small letters", Expect::Violates);
        }
        for other in ["", "SOMETHING_NEW"] {
            self.put(path, Some(other.into()), &format!("`{other}`"), Expect::Violates);
        }
    }

    fn string(&mut self, shape: &Value, path: &[String]) {
        self.not_of_its_type(path, &[json!(7), json!(1.5), json!(true), json!([]), json!({})]);
        let least = length_min(shape);
        let most = shape["max"].as_u64().map(|max| usize::try_from(max).expect("a length"));
        self.put(path, Some(text(shape, least, 0).into()), "the shortest", Expect::WellFormed);
        if shape["min"].as_u64().is_some_and(|min| min > 0) {
            self.put(path, Some("".into()), "empty", Expect::Violates);
        }
        if let Some(most) = most {
            self.put(path, Some(text(shape, most, 0).into()), "the longest", Expect::WellFormed);
            let longer = text(shape, most + 1, 0).into();
            self.put(path, Some(longer), "too long", Expect::Violates);
        }
        let Some(pattern) = shape["pattern"].as_str().map(Pattern::new) else { return };
        let length = most.unwrap_or(128).min(128).max(pattern.length_min());
        for turn in 0..pattern.ends().div_ceil(length).max(pattern.ends().min(8)) {
            let matching = pattern.matching(length, turn * (length + 1));
            self.put(path, Some(matching.into()), "matching", Expect::WellFormed);
        }
        for bad in pattern.mismatching(length) {
            let what = format!("mismatching: {bad:?}");
            self.put(path, Some(bad.into()), &what, Expect::Violates);
        }
    }

    fn not_of_its_type(&mut self, path: &[String], values: &[Value]) {
        for value in values {
            self.put(path, Some(value.clone()), &format!("{value}"), Expect::NotOfItsType);
        }
    }

    /// The whole request with one member changed, or taken out.
    fn put(&mut self, path: &[String], value: Option<Value>, what: &str, expect: Expect) {
        let mut body = self.whole.clone();
        let (last, above) = path.split_last().expect("a member");
        let holder = above.iter().fold(&mut body, |holder, step| {
            let place = match step.parse::<usize>() {
                Ok(at) => holder.get_mut(at),
                Err(_) => holder.get_mut(step),
            };
            place.expect("the whole request has it")
        });
        match (holder, value) {
            (Value::Object(members), Some(value)) => drop(members.insert(last.clone(), value)),
            (Value::Object(members), None) => drop(members.remove(last)),
            (Value::Array(elements), Some(value)) => elements[0] = value,
            (other, _) => panic!("{other} holds no members"),
        }
        let is_lenient =
            what == "empty" && LENIENT.contains(&(self.operation.name.as_str(), last.as_str()));
        let expect = if is_lenient { Expect::Accepted } else { expect };
        self.add(&format!("{}: {what}", path.join(".")), body, expect);
    }

    fn add(&mut self, what: &str, body: Value, expect: Expect) {
        self.cases.push(Case { what: what.to_owned(), body, expect });
    }
}

fn kind(shape: &Value) -> &str {
    shape["type"].as_str().expect("a type")
}

fn shape_of(member: &Value) -> &str {
    member["shape"].as_str().expect("a shape")
}

/// The least length of a string that fits its shape.
fn length_min(shape: &Value) -> usize {
    let own = usize::try_from(shape["min"].as_u64().unwrap_or(0)).expect("a length");
    own.max(shape["pattern"].as_str().map_or(0, |text| Pattern::new(text).length_min()))
}

/// A string of a shape.
fn text(shape: &Value, length: usize, start: usize) -> String {
    match (shape["enum"][0].as_str(), shape["pattern"].as_str()) {
        (Some(first), _) => first.to_owned(),
        (None, Some(pattern)) => Pattern::new(pattern).matching(length, start),
        (None, None) => "x".repeat(length),
    }
}

/// The element again, with a key of its own where it has one: equal keys are one tag.
fn nth(element: &Value, n: u64) -> Value {
    let mut element = element.clone();
    if let Some(key) = element.get_mut("Key") {
        *key = format!("key{n}").into();
    }
    element
}
