/*
 * What the component tells through ESP-IDF's default event loop, beside the callbacks of SignalingClientCallbacks.
 *
 *     esp_event_handler_register(KVS_WEBRTC_EVENT, ESP_EVENT_ANY_ID, on_event, NULL);
 *
 * The loop must exist (esp_event_loop_create_default) before createSignalingClientSync. Events are copies, gone when the
 * handler returns. Handlers run on the loop's task, which has a small stack and serves everybody: hand what needs the
 * network to a task of your own, as examples/signaling does.
 */
#ifndef KVS_WEBRTC_EVENTS_H
#define KVS_WEBRTC_EVENTS_H

#include <stdint.h>

#include "esp_event.h"

#ifdef __cplusplus
extern "C" {
#endif

ESP_EVENT_DECLARE_BASE(KVS_WEBRTC_EVENT);

typedef enum {
    KVS_WEBRTC_EVENT_STATE,   /* kvs_webrtc_event_state_t: the client entered a state */
    KVS_WEBRTC_EVENT_MESSAGE, /* kvs_webrtc_event_message_t: a peer sent something */
} kvs_webrtc_event_id_t;

typedef struct {
    uint64_t custom_data; /* SignalingClientCallbacks.customData of the client */
    uint32_t state;       /* SIGNALING_CLIENT_STATE */
} kvs_webrtc_event_state_t;

/* Posted only for a client whose messageReceivedFn is NULL. */
typedef struct {
    uint64_t custom_data;
    uint32_t type;            /* SIGNALING_MESSAGE_TYPE */
    char peer_client_id[257]; /* NUL-terminated */
    uint32_t payload_len;     /* bytes, without the NUL behind them */
    char payload[];           /* NUL-terminated */
} kvs_webrtc_event_message_t;

#ifdef __cplusplus
}
#endif

#endif
