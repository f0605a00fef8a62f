/*
 * Sizes and offsets that programs built against the C SDK count on, checked wherever Include.h is compiled; the
 * library checks the same numbers (src/abi/layout.rs). Not for inclusion by itself.
 */
#ifndef KVS_CAPI_WEBRTCCLIENT_LAYOUT_H
#define KVS_CAPI_WEBRTCCLIENT_LAYOUT_H

#ifdef __cplusplus
#define KVS_CAPI_ASSERT(what) static_assert(what, #what)
#elif defined(__STDC_VERSION__) && __STDC_VERSION__ >= 201112L
#define KVS_CAPI_ASSERT(what) _Static_assert(what, #what)
#else
/* C99 has no word for it: the same declaration each time, unless the condition does not hold. */
#define KVS_CAPI_ASSERT(what) extern char kvsCapiHolds[(what) ? 1 : -1]
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
