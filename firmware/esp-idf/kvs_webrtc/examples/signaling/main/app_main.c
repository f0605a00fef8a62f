/*
 * A camera's signaling: connects as the channel's master, shows its states, and answers every offer. What an answer says
 * is up to a PeerConnection, which is not part of this component; here stands a text in its place.
 *
 * States and messages come through the event loop. A handler runs on the loop's own small stack and holds everybody else
 * up, so it only hands offers to the task below, which may wait for the network.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "com/amazonaws/kinesis/video/webrtcclient/Include.h"
#include "esp_event.h"
#include "esp_log.h"
#include "esp_netif.h"
#include "freertos/FreeRTOS.h"
#include "freertos/queue.h"
#include "kvs_webrtc_events.h"
#include "nvs_flash.h"
#include "protocol_examples_common.h"
#include "sdkconfig.h"

static const char *TAG = "signaling";
static QueueHandle_t offers;

static void on_event(void *argument, esp_event_base_t base, int32_t id, void *data)
{
    (void)argument, (void)base;
    if (id == KVS_WEBRTC_EVENT_STATE) {
        const kvs_webrtc_event_state_t *event = data;
        PCHAR name = NULL;
        if (STATUS_SUCCEEDED(signalingClientGetStateString((SIGNALING_CLIENT_STATE)event->state, &name))) {
            ESP_LOGI(TAG, "state %s", name);
        }
        return;
    }
    const kvs_webrtc_event_message_t *event = data;
    if (event->type != SIGNALING_MESSAGE_TYPE_OFFER) {
        return;
    }
    ESP_LOGI(TAG, "offer from %s, %u bytes", event->peer_client_id, (unsigned)event->payload_len);
    char *peer = strdup(event->peer_client_id);
    if (peer == NULL || xQueueSend(offers, &peer, 0) != pdTRUE) {
        ESP_LOGW(TAG, "too many offers at once");
        free(peer);
    }
}

/* NULL for what was left empty in menuconfig. */
static PCHAR given(const char *text)
{
    return text == NULL || text[0] == 0 ? NULL : (PCHAR)text;
}

static STATUS start(PAwsCredentialProvider *provider, SIGNALING_CLIENT_HANDLE *client)
{
    SignalingClientInfo info = {
        .version = SIGNALING_CLIENT_INFO_CURRENT_VERSION,
        .loggingLevel = LOG_LEVEL_DEBUG,
        .signalingClientCreationMaxRetryAttempts = CREATE_SIGNALING_CLIENT_RETRY_ATTEMPTS_SENTINEL_VALUE,
    };
    ChannelInfo channel = {
        .version = CHANNEL_INFO_CURRENT_VERSION,
        .pChannelName = given(CONFIG_EXAMPLE_CHANNEL),
        .pRegion = given(CONFIG_EXAMPLE_REGION),
        .pControlPlaneUrl = given(CONFIG_EXAMPLE_CONTROL_PLANE),
        /* NULL: ESP-IDF's certificate bundle. */
        .pCertPath = given(CONFIG_EXAMPLE_CA_PATH),
        .channelType = SIGNALING_CHANNEL_TYPE_SINGLE_MASTER,
        .channelRoleType = SIGNALING_CHANNEL_ROLE_TYPE_MASTER,
        .cachingPolicy = SIGNALING_API_CALL_CACHE_TYPE_FILE,
        .retry = TRUE,
        .reconnect = TRUE,
    };
    /* No functions: events tell everything. */
    SignalingClientCallbacks callbacks = {.version = SIGNALING_CLIENT_CALLBACKS_CURRENT_VERSION};
    strcpy(info.clientId, "camera");
    /* A product uses credentials of its own IoT certificate; keys in an image are for trying out. */
    STATUS status = createStaticCredentialProvider(given(CONFIG_EXAMPLE_ACCESS_KEY_ID), 0, given(CONFIG_EXAMPLE_SECRET_KEY),
                                                   0, given(CONFIG_EXAMPLE_SESSION_TOKEN), 0, MAX_UINT64, provider);
    if (STATUS_SUCCEEDED(status)) {
        status = createSignalingClientSync(&info, &channel, &callbacks, *provider, client);
    }
    if (STATUS_SUCCEEDED(status)) {
        status = signalingClientFetchSync(*client);
    }
    if (STATUS_SUCCEEDED(status)) {
        status = signalingClientConnectSync(*client);
    }
    return status;
}

static void tell(SIGNALING_CLIENT_HANDLE client, const char *peer, SIGNALING_MESSAGE_TYPE type, const char *payload)
{
    /* 20 KB, so not on this task's stack. */
    PSignalingMessage message = calloc(1, sizeof *message);
    if (message == NULL) {
        return;
    }
    message->version = SIGNALING_MESSAGE_CURRENT_VERSION;
    message->messageType = type;
    snprintf(message->peerClientId, sizeof message->peerClientId, "%s", peer);
    snprintf(message->payload, sizeof message->payload, "%s", payload);
    message->payloadLen = (UINT32)strlen(message->payload);
    STATUS status = signalingClientSendMessageSync(client, message);
    ESP_LOGI(TAG, "message %d to %s: 0x%08x", (int)type, peer, (unsigned)status);
    free(message);
}

static void answer(SIGNALING_CLIENT_HANDLE client, const char *peer, unsigned number)
{
    char sdp[128];
    snprintf(sdp, sizeof sdp, "{\"type\":\"answer\",\"sdp\":\"v=0\\r\\no=- %u 2 IN IP4 127.0.0.1\\r\\n\"}", number);
    tell(client, peer, SIGNALING_MESSAGE_TYPE_ANSWER, sdp);
    tell(client, peer, SIGNALING_MESSAGE_TYPE_ICE_CANDIDATE,
         "{\"candidate\":\"candidate:1 1 udp 1 192.0.2.1 9 typ host\",\"sdpMid\":\"0\"}");
}

void app_main(void)
{
    esp_err_t flash = nvs_flash_init();
    if (flash == ESP_ERR_NVS_NO_FREE_PAGES || flash == ESP_ERR_NVS_NEW_VERSION_FOUND) {
        ESP_ERROR_CHECK(nvs_flash_erase());
        flash = nvs_flash_init();
    }
    ESP_ERROR_CHECK(flash);
    ESP_ERROR_CHECK(esp_netif_init());
    ESP_ERROR_CHECK(esp_event_loop_create_default());
    /* Wi-Fi or Ethernet, by menuconfig. */
    ESP_ERROR_CHECK(example_connect());

    offers = xQueueCreate(4, sizeof(char *));
    ESP_ERROR_CHECK(esp_event_handler_register(KVS_WEBRTC_EVENT, ESP_EVENT_ANY_ID, on_event, NULL));

    PAwsCredentialProvider provider = NULL;
    SIGNALING_CLIENT_HANDLE client = INVALID_SIGNALING_CLIENT_HANDLE_VALUE;
    STATUS status = start(&provider, &client);
    if (STATUS_FAILED(status)) {
        ESP_LOGE(TAG, "cannot start: 0x%08x", (unsigned)status);
        freeSignalingClient(&client);
        freeStaticCredentialProvider(&provider);
        return;
    }
    /* Lost connections come back by themselves. */
    unsigned number = 0;
    for (char *peer; xQueueReceive(offers, &peer, portMAX_DELAY) == pdTRUE; free(peer)) {
        answer(client, peer, ++number);
    }
}
