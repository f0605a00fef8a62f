#!/usr/bin/env python3
"""Lints the GitHub action, the workflows and the GitLab template, and runs their shell steps in a project of its own.

Run with target/tools/python; needs `cargo build --release -p harness` to have been done. What a hosted runner would do
with `uses:` is not run. Prints one line a step, exits 1 on the first that fails.
"""
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from ruamel.yaml import YAML

ROOT = Path(__file__).resolve().parent.parent
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
LINTS = [
    ("vendor.github-actions", [ROOT / "ci/action/action.yml"]),
    ("vendor.github-workflows", WORKFLOWS),
    ("vendor.gitlab-ci", [ROOT / "ci/gitlab.yml"]),
]
SCENARIO = """\
title: The device connects
steps:
  - wait: { for: ws.open, by: device, within: 20s }
"""


def run(what, command, folder, environment):
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    print(f"{'ok' if done.returncode == 0 else 'FAILED'}: {what}", flush=True)
    if done.returncode:
        sys.exit(f"{done.stdout}{done.stderr}")
    return done.stdout


def shell(what, text, folder, environment):
    return run(what, ["bash", "-e", "-o", "pipefail", "-c", text], folder, environment)


def project(folder):
    """A repository under test: one scenario, nothing of ours."""
    (folder / "scenarios").mkdir()
    (folder / "scenarios/claim.yaml").write_text(SCENARIO)
    return folder


def filled(value, inputs):
    return re.sub(r"\$\{\{ inputs\.(\w+) }}", lambda found: inputs[found[1]], value)


def action(yaml, folder):
    """The steps of the action with its defaults, but for the boards."""
    declared = yaml.load((ROOT / "ci/action/action.yml").read_text())
    inputs = {name: given["default"] for name, given in declared["inputs"].items()} | {"boards": "sim\nhost\n"}
    ran = 0
    for step in declared["runs"]["steps"]:
        if "run" not in step:
            continue
        given = {name: filled(value, inputs) for name, value in step.get("env", {}).items()}
        environment = os.environ | given | {"GITHUB_ACTION_PATH": str(ROOT / "ci/action"), "GITHUB_WORKSPACE": str(folder)}
        said = shell(f"action: {step['name']}", step["run"], folder, environment)
        ran += 1
    assert ran == 2 and "2 pass" in said, said
    assert (folder / inputs["out"] / "junit.xml").is_file()


def gitlab(yaml, folder):
    """The job's script, in two parts as `parallel: 2` has it; this checkout stands for the clone."""
    job = yaml.load((ROOT / "ci/gitlab.yml").read_text())[".scenario"]
    (folder / ".scenario-tool").symlink_to(ROOT)
    given = job["variables"] | {"SCENARIO_REPOSITORY": str(ROOT), "CI_NODE_TOTAL": "2", "SCENARIO_BOARDS": "sim\nhost"}
    counted = []
    for part in ("1", "2"):
        environment = os.environ | given | {"CI_NODE_INDEX": part, "SCENARIO_OUT": f"report-{part}"}
        script = "\n".join([*job["before_script"], *job["script"]])
        counted += re.findall(r"(\d+) pass", shell(f"gitlab: part {part} of 2", script, folder, environment))
    assert counted == ["1", "1"], counted


def main():
    lint = Path(sys.executable).parent / "check-jsonschema"
    for schema, files in LINTS:
        run(f"{schema}: {', '.join(file.name for file in files)}", [lint, "--builtin-schema", schema, *files], ROOT, os.environ)
    yaml = YAML(typ="safe")
    for steps in (action, gitlab):
        with tempfile.TemporaryDirectory() as folder:
            steps(yaml, project(Path(folder)))


main()
