//! AWS's service models, read from an installed botocore.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// Prints the models as one JSON object. Finds the package without importing it, which would need
/// the packages it depends on.
const READ: &str = r#"
import glob, gzip, importlib.util, json, os, sys
spec = importlib.util.find_spec("botocore")
if spec is None:
    sys.exit("botocore is not installed")
def model(service):
    folder = os.path.join(os.path.dirname(spec.origin), "data", service, "*")
    path = sorted(glob.glob(os.path.join(folder, "service-2.json*")))[-1]
    return json.load(gzip.open(path) if path.endswith(".gz") else open(path))
print(json.dumps([model(service) for service in sys.argv[1:]]))
"#;

const SERVICES: [&str; 3] =
    ["kinesisvideo", "kinesis-video-signaling", "kinesis-video-webrtc-storage"];

/// One service's model.
pub struct Model {
    json: Value,
}

/// An operation of a model.
pub struct Operation {
    pub name: String,
    pub path: String,
    pub input: String,
    /// None: the answer has no body.
    pub output: Option<String>,
    /// The errors' shapes.
    pub errors: Vec<String>,
}

/// The models, or why there are none.
pub fn published() -> Result<Vec<Model>, String> {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("the target directory");
    let installed = target.join("tools/python/bin/python");
    let python = if installed.exists() { installed.as_path() } else { Path::new("python3") };
    let ran = Command::new(python)
        .args(["-c", READ])
        .args(SERVICES)
        .output()
        .map_err(|error| format!("no AWS service models: python3: {error}"))?;
    if !ran.status.success() {
        let why = String::from_utf8_lossy(&ran.stderr);
        let why = why.lines().last().unwrap_or("python3 failed");
        return Err(format!("no AWS service models: {why}; ci/packages.sh installs it"));
    }
    let models: Vec<Value> = serde_json::from_slice(&ran.stdout).expect("JSON");
    Ok(models.into_iter().map(|json| Model { json }).collect())
}

impl Model {
    /// A shape by its name.
    pub fn shape(&self, name: &str) -> &Value {
        &self.json["shapes"][name]
    }

    /// The operations on channels; the same model has those on streams, which take other members.
    pub fn signaling_operations(&self) -> Vec<Operation> {
        const ON_CHANNELS: [&str; 5] =
            ["ChannelName", "ChannelARN", "channelArn", "ChannelNameCondition", "ResourceARN"];
        let operations = self.json["operations"].as_object().expect("operations");
        let all = operations.iter().map(|(name, operation)| Operation {
            name: name.clone(),
            path: text(&operation["http"]["requestUri"]).to_owned(),
            input: text(&operation["input"]["shape"]).to_owned(),
            output: operation["output"]["shape"].as_str().map(str::to_owned),
            errors: operation["errors"]
                .as_array()
                .into_iter()
                .flatten()
                .map(|error| text(&error["shape"]).to_owned())
                .collect(),
        });
        all.filter(|operation| {
            let members = &self.shape(&operation.input)["members"];
            ON_CHANNELS.iter().any(|member| members.get(member).is_some())
        })
        .collect()
    }
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a string")
}
