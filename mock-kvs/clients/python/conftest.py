pytest_plugins = ["mock_kvs"]
