/*
 * The signaling part of the KVS WebRTC C SDK's public API, written for kvs-capi from its documented behaviour.
 * docs/api.md says what each function does. Sizes and offsets are checked below where this is compiled, and
 * against the same numbers where the library is.
 */
#ifndef KVS_CAPI_WEBRTCCLIENT_INCLUDE_H
#define KVS_CAPI_WEBRTCCLIENT_INCLUDE_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Base types. Times are in 100 ns, absolute ones since 1970. */
typedef char CHAR, *PCHAR;
typedef uint8_t BYTE, *PBYTE;
typedef uint8_t UINT8, *PUINT8;
typedef uint16_t UINT16, *PUINT16;
typedef uint32_t UINT32, *PUINT32;
typedef uint64_t UINT64, *PUINT64;
typedef int8_t INT8;
typedef int16_t INT16;
typedef int32_t INT32, *PINT32;
typedef int64_t INT64;
typedef int32_t BOOL, *PBOOL;
typedef size_t SIZE_T;
typedef void* PVOID;
typedef UINT32 STATUS;
#define VOID void
#ifndef TRUE
#define TRUE 1
#endif
#ifndef FALSE
#define FALSE 0
#endif
#ifndef MAX_UINT32
#define MAX_UINT32 UINT32_MAX
#endif
#ifndef MAX_UINT64
#define MAX_UINT64 UINT64_MAX
#endif

#define HUNDREDS_OF_NANOS_IN_A_MICROSECOND 10LL
#define HUNDREDS_OF_NANOS_IN_A_MILLISECOND 10000LL
#define HUNDREDS_OF_NANOS_IN_A_SECOND 10000000LL
#define HUNDREDS_OF_NANOS_IN_A_MINUTE 600000000LL
#define HUNDREDS_OF_NANOS_IN_AN_HOUR 36000000000LL
#define INVALID_TIMESTAMP_VALUE UINT64_MAX

#define STATUS_FAILED(x) (((STATUS)(x)) != STATUS_SUCCESS)
#define STATUS_SUCCEEDED(x) (!STATUS_FAILED(x))

/* Log levels: AWS_KVS_LOG_LEVEL in the environment stands above SignalingClientInfo.loggingLevel. */
#define LOG_LEVEL_VERBOSE 1
#define LOG_LEVEL_DEBUG 2
#define LOG_LEVEL_INFO 3
#define LOG_LEVEL_WARN 4
#define LOG_LEVEL_ERROR 5
#define LOG_LEVEL_FATAL 6
#define LOG_LEVEL_SILENT 7

/* Status codes. */
#define STATUS_SUCCESS 0x00000000
#define STATUS_NULL_ARG 0x00000001
#define STATUS_INVALID_ARG 0x00000002
#define STATUS_NOT_ENOUGH_MEMORY 0x00000004
#define STATUS_BUFFER_TOO_SMALL 0x00000005
#define STATUS_INTERNAL_ERROR 0x0000000c
#define STATUS_INVALID_OPERATION 0x0000000d
#define STATUS_NOT_IMPLEMENTED 0x0000000e
#define STATUS_OPERATION_TIMED_OUT 0x0000000f
#define STATUS_NOT_FOUND 0x00000010
#define STATUS_INVALID_AWS_CREDENTIALS_VERSION 0x15000008
#define STATUS_INVALID_API_CALL_RETURN_JSON 0x1500000c
#define STATUS_FILE_CREDENTIAL_PROVIDER_OPEN_FILE_FAILED 0x15000022
#define STATUS_FILE_CREDENTIAL_PROVIDER_INVALID_FILE_LENGTH 0x15000023
#define STATUS_FILE_CREDENTIAL_PROVIDER_INVALID_FILE_FORMAT 0x15000024
#define STATUS_INVALID_STREAM_STATE 0x5200000e
#define STATUS_SIGNALING_BASE 0x5d000000
#define STATUS_SIGNALING_INVALID_READY_STATE (STATUS_SIGNALING_BASE + 0x01)
#define STATUS_SIGNALING_GET_TOKEN_CALL_FAILED (STATUS_SIGNALING_BASE + 0x02)
#define STATUS_SIGNALING_DESCRIBE_CALL_FAILED (STATUS_SIGNALING_BASE + 0x03)
#define STATUS_SIGNALING_CREATE_CALL_FAILED (STATUS_SIGNALING_BASE + 0x04)
#define STATUS_SIGNALING_GET_ENDPOINT_CALL_FAILED (STATUS_SIGNALING_BASE + 0x05)
#define STATUS_SIGNALING_GET_ICE_CONFIG_CALL_FAILED (STATUS_SIGNALING_BASE + 0x06)
#define STATUS_SIGNALING_READY_CALLBACK_FAILED (STATUS_SIGNALING_BASE + 0x07)
#define STATUS_SIGNALING_CONNECT_CALL_FAILED (STATUS_SIGNALING_BASE + 0x08)
#define STATUS_SIGNALING_CONNECTED_CALLBACK_FAILED (STATUS_SIGNALING_BASE + 0x09)
#define STATUS_SIGNALING_INVALID_CHANNEL_INFO_VERSION (STATUS_SIGNALING_BASE + 0x0a)
#define STATUS_SIGNALING_INVALID_SIGNALING_CALLBACKS_VERSION (STATUS_SIGNALING_BASE + 0x0b)
#define STATUS_SIGNALING_INVALID_CHANNEL_NAME_LENGTH (STATUS_SIGNALING_BASE + 0x0c)
#define STATUS_SIGNALING_INVALID_CHANNEL_ARN_LENGTH (STATUS_SIGNALING_BASE + 0x0d)
#define STATUS_SIGNALING_INVALID_REGION_LENGTH (STATUS_SIGNALING_BASE + 0x0e)
#define STATUS_SIGNALING_INVALID_CPL_LENGTH (STATUS_SIGNALING_BASE + 0x0f)
#define STATUS_SIGNALING_INVALID_CERTIFICATE_PATH_LENGTH (STATUS_SIGNALING_BASE + 0x10)
#define STATUS_SIGNALING_INVALID_AGENT_POSTFIX_LENGTH (STATUS_SIGNALING_BASE + 0x11)
#define STATUS_SIGNALING_INVALID_AGENT_LENGTH (STATUS_SIGNALING_BASE + 0x12)
#define STATUS_SIGNALING_INVALID_KMS_KEY_LENGTH (STATUS_SIGNALING_BASE + 0x13)
#define STATUS_SIGNALING_LWS_CREATE_CONTEXT_FAILED (STATUS_SIGNALING_BASE + 0x14)
#define STATUS_SIGNALING_LWS_CLIENT_CONNECT_FAILED (STATUS_SIGNALING_BASE + 0x15)
#define STATUS_SIGNALING_CHANNEL_BEING_DELETED (STATUS_SIGNALING_BASE + 0x16)
#define STATUS_SIGNALING_INVALID_CLIENT_INFO_VERSION (STATUS_SIGNALING_BASE + 0x17)
#define STATUS_SIGNALING_INVALID_CLIENT_INFO_CLIENT_LENGTH (STATUS_SIGNALING_BASE + 0x18)
#define STATUS_SIGNALING_MAX_ICE_CONFIG_COUNT (STATUS_SIGNALING_BASE + 0x19)
#define STATUS_SIGNALING_MAX_ICE_URI_COUNT (STATUS_SIGNALING_BASE + 0x1a)
#define STATUS_SIGNALING_MAX_ICE_URI_LEN (STATUS_SIGNALING_BASE + 0x1b)
#define STATUS_SIGNALING_NO_CONFIG_SPECIFIED (STATUS_SIGNALING_BASE + 0x1c)
#define STATUS_SIGNALING_INVALID_ICE_CONFIG_INFO_VERSION (STATUS_SIGNALING_BASE + 0x1d)
#define STATUS_SIGNALING_NO_CONFIG_URI_SPECIFIED (STATUS_SIGNALING_BASE + 0x1e)
#define STATUS_SIGNALING_NO_ARN_RETURNED_ON_CREATE (STATUS_SIGNALING_BASE + 0x1f)
#define STATUS_SIGNALING_MISSING_ENDPOINTS_IN_GET_ENDPOINT (STATUS_SIGNALING_BASE + 0x20)
#define STATUS_SIGNALING_INVALID_MESSAGE_TYPE (STATUS_SIGNALING_BASE + 0x21)
#define STATUS_SIGNALING_INVALID_SIGNALING_MESSAGE_VERSION (STATUS_SIGNALING_BASE + 0x22)
#define STATUS_SIGNALING_NO_PEER_CLIENT_ID_IN_MESSAGE (STATUS_SIGNALING_BASE + 0x23)
#define STATUS_SIGNALING_MESSAGE_DELIVERY_FAILED (STATUS_SIGNALING_BASE + 0x24)
#define STATUS_SIGNALING_MAX_MESSAGE_LEN_AFTER_ENCODING (STATUS_SIGNALING_BASE + 0x25)
#define STATUS_SIGNALING_RECEIVE_BINARY_DATA_NOT_SUPPORTED (STATUS_SIGNALING_BASE + 0x26)
#define STATUS_SIGNALING_RECEIVE_EMPTY_DATA_NOT_SUPPORTED (STATUS_SIGNALING_BASE + 0x27)
#define STATUS_SIGNALING_RECEIVED_MESSAGE_LARGER_THAN_MAX_DATA_LEN (STATUS_SIGNALING_BASE + 0x28)
#define STATUS_SIGNALING_INVALID_PAYLOAD_LEN_IN_MESSAGE (STATUS_SIGNALING_BASE + 0x29)
#define STATUS_SIGNALING_NO_PAYLOAD_IN_MESSAGE (STATUS_SIGNALING_BASE + 0x2a)
#define STATUS_SIGNALING_DUPLICATE_MESSAGE_BEING_SENT (STATUS_SIGNALING_BASE + 0x2b)
#define STATUS_SIGNALING_ICE_TTL_LESS_THAN_GRACE_PERIOD (STATUS_SIGNALING_BASE + 0x2c)
#define STATUS_SIGNALING_DISCONNECTED_CALLBACK_FAILED (STATUS_SIGNALING_BASE + 0x2d)
#define STATUS_SIGNALING_INVALID_MESSAGE_TTL_VALUE (STATUS_SIGNALING_BASE + 0x2e)
#define STATUS_SIGNALING_ICE_CONFIG_REFRESH_FAILED (STATUS_SIGNALING_BASE + 0x2f)
#define STATUS_SIGNALING_RECONNECT_FAILED (STATUS_SIGNALING_BASE + 0x30)
#define STATUS_SIGNALING_DELETE_CALL_FAILED (STATUS_SIGNALING_BASE + 0x31)
#define STATUS_SIGNALING_INVALID_METRICS_VERSION (STATUS_SIGNALING_BASE + 0x32)
#define STATUS_SIGNALING_INVALID_CLIENT_INFO_CACHE_FILE_PATH_LEN (STATUS_SIGNALING_BASE + 0x33)
#define STATUS_SIGNALING_LWS_CALL_FAILED (STATUS_SIGNALING_BASE + 0x34)
#define STATUS_SIGNALING_INVALID_STREAM_ARN_LENGTH (STATUS_SIGNALING_BASE + 0x35)
#define STATUS_SIGNALING_MISMATCH_MEDIA_STORAGE_CONFIG (STATUS_SIGNALING_BASE + 0x36)
#define STATUS_SIGNALING_UPDATE_MEDIA_STORAGE_CONFIG (STATUS_SIGNALING_BASE + 0x37)
#define STATUS_SIGNALING_MEDIA_STORAGE_DISABLED (STATUS_SIGNALING_BASE + 0x38)
#define STATUS_SIGNALING_INVALID_CHANNEL_ARN (STATUS_SIGNALING_BASE + 0x39)
#define STATUS_SIGNALING_JOIN_SESSION_CALL_FAILED (STATUS_SIGNALING_BASE + 0x4a)
#define STATUS_SIGNALING_JOIN_SESSION_CONNECTED_FAILED (STATUS_SIGNALING_BASE + 0x4b)
#define STATUS_SIGNALING_DESCRIBE_MEDIA_CALL_FAILED (STATUS_SIGNALING_BASE + 0x4c)

/* Limits, in bytes without the final NUL. */
#define MAX_CHANNEL_NAME_LEN 256
#define MAX_SIGNALING_CLIENT_ID_LEN 256
#define MAX_CORRELATION_ID_LEN 256
#define MAX_ERROR_TYPE_STRING_LEN 256
#define MAX_STATUS_CODE_STRING_LEN 8
#define MAX_MESSAGE_DESCRIPTION_LEN 1024
#define MAX_SIGNALING_MESSAGE_LEN 18750
#define MAX_SESSION_DESCRIPTION_INIT_SDP_LEN 25000
#define MAX_SIGNALING_ENDPOINT_URI_LEN 512
#define MAX_ICE_CONFIG_COUNT 5
#define MAX_ICE_CONFIG_URI_COUNT 4
#define MAX_ICE_CONFIG_URI_LEN 127
#define MAX_ICE_CONFIG_USER_NAME_LEN 256
#define MAX_ICE_CONFIG_CREDENTIAL_LEN 256
#define MAX_ICE_SERVERS_COUNT 21
#define MAX_TAG_COUNT 50
#define MAX_TAG_NAME_LEN 128
#define MAX_TAG_VALUE_LEN 1024
#define MAX_USER_AGENT_LEN 256
#define MAX_CUSTOM_USER_AGENT_LEN 128
#define MAX_CUSTOM_USER_AGENT_NAME_POSTFIX_LEN 32
#define MAX_ACCESS_KEY_LEN 128
#define MAX_SECRET_KEY_LEN 128
#define MAX_SESSION_TOKEN_LEN 2048
#define MAX_ARN_LEN 2048
#define MAX_REGION_NAME_LEN 128
#define MAX_PATH_LEN 4096
#define MAX_URI_CHAR_LEN 10000
#define MAX_CONTROL_PLANE_URI_CHAR_LEN 256
#define MAX_UPDATE_VERSION_LEN 64
#define SIGNALING_MAX_ERROR_MESSAGE_LEN 512

/* Versions of structs. */
#define AWS_CREDENTIALS_CURRENT_VERSION 0
#define TAG_CURRENT_VERSION 0
#define SIGNALING_CLIENT_INFO_CURRENT_VERSION 2
#define CHANNEL_INFO_CURRENT_VERSION 1
#define SIGNALING_CLIENT_CALLBACKS_CURRENT_VERSION 0
#define SIGNALING_MESSAGE_CURRENT_VERSION 0
#define SIGNALING_ICE_CONFIG_INFO_CURRENT_VERSION 0
#define SIGNALING_CLIENT_METRICS_CURRENT_VERSION 1

#define SIGNALING_DEFAULT_MESSAGE_TTL_VALUE (60 * HUNDREDS_OF_NANOS_IN_A_SECOND)
#define SIGNALING_API_CALL_CACHE_TTL_SENTINEL_VALUE 0
#define CREATE_SIGNALING_CLIENT_RETRY_ATTEMPTS_SENTINEL_VALUE (-1)
#define DEFAULT_CACHE_FILE_PATH "./.SignalingCache_v0"

typedef UINT64 SIGNALING_CLIENT_HANDLE, *PSIGNALING_CLIENT_HANDLE;
#define INVALID_SIGNALING_CLIENT_HANDLE_VALUE ((SIGNALING_CLIENT_HANDLE) 0)
#define IS_VALID_SIGNALING_CLIENT_HANDLE(h) ((h) != INVALID_SIGNALING_CLIENT_HANDLE_VALUE)

typedef enum {
    SIGNALING_CLIENT_STATE_UNKNOWN = 0,
    SIGNALING_CLIENT_STATE_NEW = 1,
    SIGNALING_CLIENT_STATE_GET_CREDENTIALS = 2,
    SIGNALING_CLIENT_STATE_DESCRIBE = 3,
    SIGNALING_CLIENT_STATE_CREATE = 4,
    SIGNALING_CLIENT_STATE_GET_ENDPOINT = 5,
    SIGNALING_CLIENT_STATE_GET_ICE_CONFIG = 6,
    SIGNALING_CLIENT_STATE_READY = 7,
    SIGNALING_CLIENT_STATE_CONNECTING = 8,
    SIGNALING_CLIENT_STATE_CONNECTED = 9,
    SIGNALING_CLIENT_STATE_DISCONNECTED = 10,
    SIGNALING_CLIENT_STATE_DELETE = 11,
    SIGNALING_CLIENT_STATE_DELETED = 12,
    SIGNALING_CLIENT_STATE_DESCRIBE_MEDIA = 13,
    SIGNALING_CLIENT_STATE_JOIN_SESSION = 14,
    SIGNALING_CLIENT_STATE_JOIN_SESSION_WAITING = 15,
    SIGNALING_CLIENT_STATE_JOIN_SESSION_CONNECTED = 16,
    SIGNALING_CLIENT_STATE_MAX_VALUE = 17
} SIGNALING_CLIENT_STATE,
    *PSIGNALING_CLIENT_STATE;

typedef enum {
    SIGNALING_MESSAGE_TYPE_OFFER = 0,
    SIGNALING_MESSAGE_TYPE_ANSWER = 1,
    SIGNALING_MESSAGE_TYPE_ICE_CANDIDATE = 2,
    SIGNALING_MESSAGE_TYPE_GO_AWAY = 3,
    SIGNALING_MESSAGE_TYPE_RECONNECT_ICE_SERVER = 4,
    SIGNALING_MESSAGE_TYPE_STATUS_RESPONSE = 5,
    SIGNALING_MESSAGE_TYPE_UNKNOWN = 6
} SIGNALING_MESSAGE_TYPE;

typedef enum { SIGNALING_CHANNEL_TYPE_UNKNOWN = 0, SIGNALING_CHANNEL_TYPE_SINGLE_MASTER = 1 } SIGNALING_CHANNEL_TYPE;

typedef enum {
    SIGNALING_CHANNEL_ROLE_TYPE_UNKNOWN = 0,
    SIGNALING_CHANNEL_ROLE_TYPE_MASTER = 1,
    SIGNALING_CHANNEL_ROLE_TYPE_VIEWER = 2
} SIGNALING_CHANNEL_ROLE_TYPE;

typedef enum {
    SIGNALING_API_CALL_CACHE_TYPE_NONE = 0,
    SIGNALING_API_CALL_CACHE_TYPE_DESCRIBE_GETENDPOINT = 1,
    SIGNALING_API_CALL_CACHE_TYPE_FILE = 2,
    SIGNALING_API_CALL_CACHE_TYPE_FILE_EXCEPT_DESCRIBE_MEDIA = 3
} SIGNALING_API_CALL_CACHE_TYPE;

/* Those a received message can carry; others are HTTP status codes. */
typedef enum { SERVICE_CALL_RESULT_NOT_SET = 0, SERVICE_CALL_RESULT_OK = 200, SERVICE_CALL_UNKNOWN = 10006 } SERVICE_CALL_RESULT;

typedef struct {
    UINT32 version;
    PCHAR name;
    PCHAR value;
} Tag, *PTag;

/* Credentials and their providers. What a provider gives stays its own. */
typedef struct {
    UINT32 version;
    UINT32 size;
    PCHAR accessKeyId;
    UINT32 accessKeyIdLen;
    PCHAR secretKey;
    UINT32 secretKeyLen;
    PCHAR sessionToken;
    UINT32 sessionTokenLen;
    UINT64 expiration;
} AwsCredentials, *PAwsCredentials;

typedef struct __AwsCredentialProvider* PAwsCredentialProvider;
typedef STATUS (*GetCredentialsFunc)(PAwsCredentialProvider, PAwsCredentials*);
typedef struct __AwsCredentialProvider {
    GetCredentialsFunc getCredentialsFn;
} AwsCredentialProvider;

/* Waits between the attempts of create and fetch. */
typedef enum { KVS_RETRY_STRATEGY_DISABLED = 0, KVS_RETRY_STRATEGY_EXPONENTIAL_BACKOFF_WAIT = 1 } KVS_RETRY_STRATEGY_TYPE;
typedef PUINT64 PRetryStrategy;
typedef PUINT64 PRetryStrategyConfig;
typedef struct {
    PRetryStrategy pRetryStrategy;
    PRetryStrategyConfig pRetryStrategyConfig;
    KVS_RETRY_STRATEGY_TYPE retryStrategyType;
} KvsRetryStrategy, *PKvsRetryStrategy;
typedef STATUS (*CreateRetryStrategyFn)(PKvsRetryStrategy);
typedef STATUS (*GetCurrentRetryAttemptNumberFn)(PKvsRetryStrategy, PUINT32);
typedef STATUS (*FreeRetryStrategyFn)(PKvsRetryStrategy);
typedef STATUS (*ExecuteRetryStrategyFn)(PKvsRetryStrategy, PUINT64);
typedef struct {
    CreateRetryStrategyFn createRetryStrategyFn;
    GetCurrentRetryAttemptNumberFn getCurrentRetryAttemptNumberFn;
    FreeRetryStrategyFn freeRetryStrategyFn;
    ExecuteRetryStrategyFn executeRetryStrategyFn;
} KvsRetryStrategyCallbacks, *PKvsRetryStrategyCallbacks;

typedef struct {
    UINT32 version;
    CHAR clientId[MAX_SIGNALING_CLIENT_ID_LEN + 1];
    UINT32 loggingLevel;
    PCHAR cacheFilePath;
    KvsRetryStrategyCallbacks signalingRetryStrategyCallbacks;
    INT32 signalingClientCreationMaxRetryAttempts;
    UINT32 stateMachineRetryCountReadOnly;
    UINT32 signalingMessagesMinimumThreads;
    UINT32 signalingMessagesMaximumThreads;
} SignalingClientInfo, *PSignalingClientInfo;

typedef struct {
    UINT32 version;
    PCHAR pChannelName;
    PCHAR pChannelArn;
    PCHAR pStorageStreamArn;
    PCHAR pRegion;
    PCHAR pControlPlaneUrl;
    PCHAR pCertPath;
    PCHAR pUserAgentPostfix;
    PCHAR pCustomUserAgent;
    PCHAR pUserAgent;
    PCHAR pKmsKeyId;
    SIGNALING_CHANNEL_TYPE channelType;
    SIGNALING_CHANNEL_ROLE_TYPE channelRoleType;
    BOOL reserved;
    UINT64 cachingPeriod;
    BOOL retry;
    BOOL reconnect;
    UINT64 messageTtl;
    UINT32 tagCount;
    PTag pTags;
    SIGNALING_API_CALL_CACHE_TYPE cachingPolicy;
    BOOL asyncIceServerConfig;
    BOOL useMediaStorage;
} ChannelInfo, *PChannelInfo;

typedef struct {
    UINT32 version;
    SIGNALING_MESSAGE_TYPE messageType;
    CHAR correlationId[MAX_CORRELATION_ID_LEN + 1];
    CHAR peerClientId[MAX_SIGNALING_CLIENT_ID_LEN + 1];
    UINT32 payloadLen;
    CHAR payload[MAX_SIGNALING_MESSAGE_LEN + 1];
} SignalingMessage, *PSignalingMessage;

typedef struct {
    SignalingMessage signalingMessage;
    SERVICE_CALL_RESULT statusCode;
    CHAR errorType[MAX_ERROR_TYPE_STRING_LEN + 1];
    CHAR description[MAX_MESSAGE_DESCRIPTION_LEN + 1];
} ReceivedSignalingMessage, *PReceivedSignalingMessage;

typedef struct {
    UINT32 version;
    UINT64 ttl;
    UINT32 uriCount;
    CHAR uris[MAX_ICE_CONFIG_URI_COUNT][MAX_ICE_CONFIG_URI_LEN + 1];
    CHAR userName[MAX_ICE_CONFIG_USER_NAME_LEN + 1];
    CHAR password[MAX_ICE_CONFIG_CREDENTIAL_LEN + 1];
} IceConfigInfo, *PIceConfigInfo;

/* Callbacks: any may be NULL. docs/api.md says on which thread each is called. */
typedef STATUS (*SignalingClientMessageReceivedFunc)(UINT64, PReceivedSignalingMessage);
typedef STATUS (*SignalingClientErrorReportFunc)(UINT64, STATUS, PCHAR, UINT32);
typedef STATUS (*SignalingClientStateChangedFunc)(UINT64, SIGNALING_CLIENT_STATE);
typedef UINT64 (*GetCurrentTimeFunc)(UINT64);
typedef struct {
    UINT32 version;
    UINT64 customData;
    SignalingClientMessageReceivedFunc messageReceivedFn;
    SignalingClientErrorReportFunc errorReportFn;
    SignalingClientStateChangedFunc stateChangeFn;
    GetCurrentTimeFunc getCurrentTimeFn;
} SignalingClientCallbacks, *PSignalingClientCallbacks;

/* Units by row: docs/api.md. */
typedef struct {
    UINT64 describeChannelStartTime;
    UINT64 describeChannelEndTime;
    UINT64 getSignalingChannelEndpointStartTime;
    UINT64 getSignalingChannelEndpointEndTime;
    UINT64 getIceServerConfigStartTime;
    UINT64 getIceServerConfigEndTime;
    UINT64 getTokenStartTime;
    UINT64 getTokenEndTime;
    UINT64 createChannelStartTime;
    UINT64 createChannelEndTime;
    UINT64 connectStartTime;
    UINT64 connectEndTime;
    UINT64 cpApiCallLatency;
    UINT64 dpApiCallLatency;
    UINT64 signalingClientUptime;
    UINT64 connectionDuration;
    UINT32 numberOfMessagesSent;
    UINT32 numberOfMessagesReceived;
    UINT32 iceRefreshCount;
    UINT32 numberOfErrors;
    UINT32 numberOfRuntimeErrors;
    UINT32 numberOfReconnects;
    UINT32 apiCallRetryCount;
    UINT64 getTokenCallTime;
    UINT64 describeCallTime;
    UINT64 describeMediaCallTime;
    UINT64 createCallTime;
    UINT64 getEndpointCallTime;
    UINT64 getIceConfigCallTime;
    UINT64 connectCallTime;
    UINT64 joinSessionCallTime;
    UINT64 createClientTime;
    UINT64 fetchClientTime;
    UINT64 connectClientTime;
    UINT64 offerToAnswerTime;
    UINT64 offerReceivedTime;
    UINT64 answerTime;
    UINT64 joinSessionToOfferRecvTime;
} SignalingClientStats, *PSignalingClientStats;

typedef struct {
    UINT32 version;
    UINT64 signalingStartTime;
    UINT64 signalingEndTime;
    UINT64 signalingCallTime;
    SignalingClientStats signalingClientStats;
} SignalingClientMetrics, *PSignalingClientMetrics;

STATUS initKvsWebRtc(VOID);
STATUS deinitKvsWebRtc(VOID);

STATUS createSignalingClientSync(PSignalingClientInfo, PChannelInfo, PSignalingClientCallbacks, PAwsCredentialProvider,
                                 PSIGNALING_CLIENT_HANDLE);
STATUS freeSignalingClient(PSIGNALING_CLIENT_HANDLE);
STATUS signalingClientFetchSync(SIGNALING_CLIENT_HANDLE);
STATUS signalingClientConnectSync(SIGNALING_CLIENT_HANDLE);
STATUS signalingClientDisconnectSync(SIGNALING_CLIENT_HANDLE);
STATUS signalingClientSendMessageSync(SIGNALING_CLIENT_HANDLE, PSignalingMessage);
STATUS signalingClientDeleteSync(SIGNALING_CLIENT_HANDLE);
STATUS signalingClientGetIceConfigInfoCount(SIGNALING_CLIENT_HANDLE, PUINT32);
STATUS signalingClientGetIceConfigInfo(SIGNALING_CLIENT_HANDLE, UINT32, PIceConfigInfo*);
STATUS signalingClientGetCurrentState(SIGNALING_CLIENT_HANDLE, PSIGNALING_CLIENT_STATE);
STATUS signalingClientGetStateString(SIGNALING_CLIENT_STATE, PCHAR*);
STATUS signalingClientGetMetrics(SIGNALING_CLIENT_HANDLE, PSignalingClientMetrics);

STATUS createStaticCredentialProvider(PCHAR, UINT32, PCHAR, UINT32, PCHAR, UINT32, UINT64, PAwsCredentialProvider*);
STATUS freeStaticCredentialProvider(PAwsCredentialProvider*);
STATUS createFileCredentialProvider(PCHAR, PAwsCredentialProvider*);
STATUS createFileCredentialProviderWithTime(PCHAR, GetCurrentTimeFunc, UINT64, PAwsCredentialProvider*);
STATUS freeFileCredentialProvider(PAwsCredentialProvider*);
STATUS createAwsCredentials(PCHAR, UINT32, PCHAR, UINT32, PCHAR, UINT32, UINT64, PAwsCredentials*);
STATUS freeAwsCredentials(PAwsCredentials*);

#ifdef __cplusplus
}
#define KVS_CAPI_ASSERT(what) static_assert(what, #what)
#else
#define KVS_CAPI_ASSERT(what) _Static_assert(what, #what)
#endif
#define KVS_CAPI_ON(wide, narrow) (sizeof(void*) == 8 ? (wide) : (narrow))
#define KVS_CAPI_SIZE(type, wide, narrow) KVS_CAPI_ASSERT(sizeof(type) == KVS_CAPI_ON(wide, narrow))
#define KVS_CAPI_AT(type, field, wide, narrow) KVS_CAPI_ASSERT(offsetof(type, field) == KVS_CAPI_ON(wide, narrow))

#if !defined(__i386__)
KVS_CAPI_SIZE(Tag, 24, 12);
KVS_CAPI_SIZE(AwsCredentials, 64, 40);
KVS_CAPI_AT(AwsCredentials, accessKeyId, 8, 8);
KVS_CAPI_AT(AwsCredentials, secretKey, 24, 16);
KVS_CAPI_AT(AwsCredentials, sessionToken, 40, 24);
KVS_CAPI_AT(AwsCredentials, expiration, 56, 32);
KVS_CAPI_SIZE(AwsCredentialProvider, 8, 4);
KVS_CAPI_SIZE(KvsRetryStrategyCallbacks, 32, 16);
KVS_CAPI_SIZE(SignalingClientInfo, 328, 304);
KVS_CAPI_AT(SignalingClientInfo, clientId, 4, 4);
KVS_CAPI_AT(SignalingClientInfo, loggingLevel, 264, 264);
KVS_CAPI_AT(SignalingClientInfo, cacheFilePath, 272, 268);
KVS_CAPI_AT(SignalingClientInfo, signalingRetryStrategyCallbacks, 280, 272);
KVS_CAPI_AT(SignalingClientInfo, signalingClientCreationMaxRetryAttempts, 312, 288);
KVS_CAPI_AT(SignalingClientInfo, stateMachineRetryCountReadOnly, 316, 292);
KVS_CAPI_SIZE(ChannelInfo, 160, 104);
KVS_CAPI_AT(ChannelInfo, pChannelName, 8, 4);
KVS_CAPI_AT(ChannelInfo, pCertPath, 48, 24);
KVS_CAPI_AT(ChannelInfo, channelType, 88, 44);
KVS_CAPI_AT(ChannelInfo, channelRoleType, 92, 48);
KVS_CAPI_AT(ChannelInfo, cachingPeriod, 104, 56);
KVS_CAPI_AT(ChannelInfo, retry, 112, 64);
KVS_CAPI_AT(ChannelInfo, messageTtl, 120, 72);
KVS_CAPI_AT(ChannelInfo, tagCount, 128, 80);
KVS_CAPI_AT(ChannelInfo, pTags, 136, 84);
KVS_CAPI_AT(ChannelInfo, cachingPolicy, 144, 88);
KVS_CAPI_AT(ChannelInfo, useMediaStorage, 152, 96);
KVS_CAPI_SIZE(SignalingClientCallbacks, 48, 32);
KVS_CAPI_AT(SignalingClientCallbacks, customData, 8, 8);
KVS_CAPI_AT(SignalingClientCallbacks, messageReceivedFn, 16, 16);
KVS_CAPI_AT(SignalingClientCallbacks, errorReportFn, 24, 20);
KVS_CAPI_AT(SignalingClientCallbacks, stateChangeFn, 32, 24);
KVS_CAPI_AT(SignalingClientCallbacks, getCurrentTimeFn, 40, 28);
KVS_CAPI_SIZE(SignalingMessage, 19280, 19280);
KVS_CAPI_AT(SignalingMessage, correlationId, 8, 8);
KVS_CAPI_AT(SignalingMessage, peerClientId, 265, 265);
KVS_CAPI_AT(SignalingMessage, payloadLen, 524, 524);
KVS_CAPI_AT(SignalingMessage, payload, 528, 528);
KVS_CAPI_SIZE(ReceivedSignalingMessage, 20568, 20568);
KVS_CAPI_AT(ReceivedSignalingMessage, statusCode, 19280, 19280);
KVS_CAPI_AT(ReceivedSignalingMessage, errorType, 19284, 19284);
KVS_CAPI_AT(ReceivedSignalingMessage, description, 19541, 19541);
KVS_CAPI_SIZE(IceConfigInfo, 1048, 1048);
KVS_CAPI_AT(IceConfigInfo, ttl, 8, 8);
KVS_CAPI_AT(IceConfigInfo, uriCount, 16, 16);
KVS_CAPI_AT(IceConfigInfo, uris, 20, 20);
KVS_CAPI_AT(IceConfigInfo, userName, 532, 532);
KVS_CAPI_AT(IceConfigInfo, password, 789, 789);
KVS_CAPI_SIZE(SignalingClientStats, 280, 280);
KVS_CAPI_AT(SignalingClientStats, cpApiCallLatency, 96, 96);
KVS_CAPI_AT(SignalingClientStats, numberOfMessagesSent, 128, 128);
KVS_CAPI_AT(SignalingClientStats, getTokenCallTime, 160, 160);
KVS_CAPI_AT(SignalingClientStats, joinSessionToOfferRecvTime, 272, 272);
KVS_CAPI_SIZE(SignalingClientMetrics, 312, 312);
KVS_CAPI_AT(SignalingClientMetrics, signalingStartTime, 8, 8);
KVS_CAPI_AT(SignalingClientMetrics, signalingClientStats, 32, 32);
#endif

#endif
