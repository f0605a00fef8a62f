"""A pytest fixture: mock-kvs for a test session, without faults at the start of each test.

Beside it, in conftest.py: `pytest_plugins = ["mock_kvs"]`. The program is $MOCK_KVS, or on the PATH.
"""
import json
import os
import pathlib
import subprocess
import time
import urllib.request

import pytest


class MockKvs:
    """A running mock-kvs. `ready` is its ready file: url, ca_file, keys, channel_arn, ..."""

    def __init__(self, folder, *options):
        file = pathlib.Path(folder) / "ready.json"
        command = [os.environ.get("MOCK_KVS", "mock-kvs"), "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0"]
        command += ["--ready-file", str(file), "--ca-dir", str(folder), "--parent-pid", str(os.getpid()), *options]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        while not file.exists():  # it is written as a whole, once everything listens
            if self.process.poll() is not None:
                raise RuntimeError("mock-kvs did not start; it said why on standard error")
            time.sleep(0.01)
        self.ready = json.loads(file.read_text())

    def admin(self, method, path, body=None):
        """A request to the admin API (docs/admin.md)."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.ready["admin"] + path, data, {"content-type": "application/json"}, method=method)
        with urllib.request.urlopen(request, timeout=10) as answer:
            text = answer.read().decode()
        return [json.loads(line) for line in text.splitlines()] if path.startswith("/journal") else json.loads(text)

    def arm(self, fault, **fields):
        """Arms a fault (docs/faults.md); `as_` names it."""
        return self.admin("POST", "/rules", {"fault": fault, **{key.rstrip("_"): value for key, value in fields.items()}})

    def stop(self):
        self.process.terminate()
        self.process.wait()


@pytest.fixture(scope="session")
def mock_kvs_session(tmp_path_factory):
    mock = MockKvs(tmp_path_factory.mktemp("mock-kvs"))
    yield mock
    mock.stop()


@pytest.fixture
def mock_kvs(mock_kvs_session):
    yield mock_kvs_session
    mock_kvs_session.admin("DELETE", "/rules")
