/* States and messages on ESP-IDF's default event loop. */
#include "kvs_idf.h"
#include "kvs_webrtc_events.h"

#include <stdlib.h>
#include <string.h>

#include "esp_log.h"
#include "freertos/FreeRTOS.h"
#include "sdkconfig.h"

static const char *TAG = "kvs_webrtc";

/* The loop's task may be the very one that waits in a signaling function: a full queue is not waited for without end. */
#define PATIENCE_MS 200

ESP_EVENT_DEFINE_BASE(KVS_WEBRTC_EVENT);

static void post(int32_t id, const void *data, size_t len)
{
    esp_err_t result = esp_event_post(KVS_WEBRTC_EVENT, id, data, len, pdMS_TO_TICKS(PATIENCE_MS));
    /* ESP_ERR_INVALID_STATE: this application made no event loop, and wants no events. */
    if (result != ESP_OK && result != ESP_ERR_INVALID_STATE) {
        ESP_LOGW(TAG, "event %d is lost: %s", (int)id, esp_err_to_name(result));
    }
}

void kvs_idf_post_state(uint64_t custom_data, uint32_t state)
{
#ifdef CONFIG_KVS_WEBRTC_EVENTS
    kvs_webrtc_event_state_t event = {.custom_data = custom_data, .state = state};
    post(KVS_WEBRTC_EVENT_STATE, &event, sizeof event);
#else
    (void)custom_data, (void)state, (void)post;
#endif
}

void kvs_idf_post_message(uint64_t custom_data, uint32_t type, const char *peer, size_t peer_len, const uint8_t *payload,
                          size_t payload_len)
{
#ifdef CONFIG_KVS_WEBRTC_EVENTS
    size_t len = sizeof(kvs_webrtc_event_message_t) + payload_len + 1;
    kvs_webrtc_event_message_t *event = calloc(1, len);
    if (event == NULL || peer_len >= sizeof event->peer_client_id) {
        ESP_LOGW(TAG, "a message of %u bytes is lost", (unsigned)payload_len);
    } else {
        event->custom_data = custom_data;
        event->type = type;
        memcpy(event->peer_client_id, peer, peer_len);
        event->payload_len = (uint32_t)payload_len;
        memcpy(event->payload, payload, payload_len);
        post(KVS_WEBRTC_EVENT_MESSAGE, event, len);
    }
    free(event);
#else
    (void)custom_data, (void)type, (void)peer, (void)peer_len, (void)payload, (void)payload_len;
#endif
}

int kvs_idf_posts_messages(void)
{
#ifdef CONFIG_KVS_WEBRTC_EVENTS
    return 1;
#else
    return 0;
#endif
}
