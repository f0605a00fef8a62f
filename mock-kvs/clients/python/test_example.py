"""How a client's own tests use the fixture: AWS's SDK for Python as the client."""
import botocore.config
import botocore.exceptions
import botocore.session
import pytest


@pytest.fixture
def client(mock_kvs):
    ready = mock_kvs.ready
    return botocore.session.get_session().create_client(
        "kinesisvideo", region_name=ready["region"], endpoint_url=ready["url"], verify=ready["ca_file"],
        aws_access_key_id=ready["access_key_id"], aws_secret_access_key=ready["secret_access_key"],
        config=botocore.config.Config(retries={"max_attempts": 0}),
    )


def test_the_channel_is_there(mock_kvs, client):
    info = client.describe_signaling_channel(ChannelName=mock_kvs.ready["channel_name"])["ChannelInfo"]
    assert info["ChannelARN"] == mock_kvs.ready["channel_arn"]


def test_a_throttled_call_is_told_apart(mock_kvs, client):
    mock_kvs.arm("http-error", call="describe", status=429, error="ClientLimitExceededException")
    with pytest.raises(client.exceptions.ClientLimitExceededException):
        client.describe_signaling_channel(ChannelName="demo")
    assert any(record["event"] == "fault.fired" for record in mock_kvs.admin("GET", "/journal"))


def test_a_reset_is_a_connection_error(mock_kvs, client):
    mock_kvs.arm("reset", call="describe", as_="cut")
    with pytest.raises(botocore.exceptions.HTTPClientError):
        client.describe_signaling_channel(ChannelName="demo")


def test_the_fault_of_the_test_before_is_gone(client):
    assert client.list_signaling_channels()["ChannelInfoList"]
