/* ARNs of channels and of other things (spec §1.2): a client by ARN alone is created, or refused as the SDK does. */
#include <com/amazonaws/kinesis/video/webrtcclient/Include.h>
#include <stdio.h>

static const char* good[] = {
    "arn:aws:kinesisvideo:us-west-2:123456789012:channel/door/1234567890123",
    "arn:aws:kinesisvideo:us-east-1:000000000000:channel/d/0000000000000",
    "arn:aws-cn:kinesisvideo:cn-north-1:123456789012:channel/door/1234567890123",
    "arn:aws-us-gov:kinesisvideo:us-gov-west-1:123456789012:channel/door/1234567890123",
    "arn:aws-iso:kinesisvideo:us-iso-east-1:123456789012:channel/door/1234567890123",
    "arn:aws-iso-b:kinesisvideo:us-isob-east-1:123456789012:channel/door/1234567890123",
    "arn:aws:kinesisvideo:us-west-2:123456789012:channel/a.b_c-D9/1234567890123",
    "arn:aws:kinesisvideo:ap-southeast-2:123456789012:channel/123456789012/1234567890123",
};

static const char* bad[] = {
    "",
    "arn",
    "door",
    "arn:aws:kinesisvideo",
    "arn:aws:kinesisvideo:us-west-2:123456789012:channel/door",
    "arn:aws:kinesisvideo:us-west-2:123456789012:channel/door/",
    "arn:aws:kinesisvideo:us-west-2:123456789012:channel//1234567890123",
    "arn:aws:kinesisvideo:us-west-2:123456789012:channel/1234567890123",
    "arn:aws:kinesisvideo:us-west-2:123456789012:channel/door/extra/1234567890123",
    "arn:aws:kinesisvideo:us-west-2:123456789012:channel/door/123456789012",
    "arn:aws:kinesisvideo:us-west-2:123456789012:channel/door/12345678901234",
    "arn:aws:kinesisvideo:us-west-2:123456789012:channel/door/123456789012x",
    "arn:aws:kinesisvideo:us-west-2:123456789012:channel/door/1234567890123/",
    "arn:aws:kinesisvideo:us-west-2:12345678901:channel/door/1234567890123",
    "arn:aws:kinesisvideo:us-west-2:1234567890123:channel/door/1234567890123",
    "arn:aws:kinesisvideo:us-west-2:12345678901x:channel/door/1234567890123",
    "arn:aws:kinesisvideo:us-west-2:123456789012:stream/door/1234567890123",
    "arn:aws:kinesisvideo:us-west-2:123456789012:channels/door/1234567890123",
    "arn:aws:kinesisvideo::123456789012:channel/door/1234567890123",
    "arn:aws:kinesis:us-west-2:123456789012:channel/door/1234567890123",
    "arn:aws:kinesisvideos:us-west-2:123456789012:channel/door/1234567890123",
    "arn:aws::kinesisvideo:us-west-2:123456789012:channel/door/1234567890123",
    "arn:aws:kinesisvideo:us-west-2::123456789012:channel/door/1234567890123",
    "arn:gcp:kinesisvideo:us-west-2:123456789012:channel/door/1234567890123",
};

static STATUS create_and_free(const char* arn)
{
    SignalingClientInfo info = {.version = SIGNALING_CLIENT_INFO_CURRENT_VERSION};
    ChannelInfo channel = {.version = CHANNEL_INFO_CURRENT_VERSION};
    SignalingClientCallbacks callbacks = {.version = SIGNALING_CLIENT_CALLBACKS_CURRENT_VERSION};
    SIGNALING_CLIENT_HANDLE client = INVALID_SIGNALING_CLIENT_HANDLE_VALUE;
    PAwsCredentialProvider provider = NULL;
    STATUS status = createStaticCredentialProvider("key", 0, "secret", 0, NULL, 0, MAX_UINT64, &provider);

    channel.pChannelArn = (PCHAR) arn;
    channel.pCertPath = getenv("AWS_KVS_CACERT_PATH");
    channel.channelRoleType = SIGNALING_CHANNEL_ROLE_TYPE_MASTER;
    status = STATUS_FAILED(status) ? status : createSignalingClientSync(&info, &channel, &callbacks, provider, &client);
    freeSignalingClient(&client);
    freeStaticCredentialProvider(&provider);
    return status;
}

int main(void)
{
    int wrong = 0;

    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        STATUS status = create_and_free(good[i]);
        if (status != STATUS_SUCCESS) {
            printf("FAILED 0x%08x %s\n", status, good[i]);
            wrong = 1;
        }
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        STATUS status = create_and_free(bad[i]);
        if (status != STATUS_SIGNALING_INVALID_CHANNEL_ARN) {
            printf("FAILED 0x%08x %s\n", status, bad[i]);
            wrong = 1;
        }
    }
    return wrong;
}
