/* Time, entropy, log and threads: ESP-IDF's, for the library. */
#include "kvs_idf.h"

#include "esp_log.h"
#include "esp_pthread.h"
#include "esp_random.h"
#include "esp_timer.h"
#include "sdkconfig.h"

static const char *TAG = "kvs_webrtc";

/* What the calling thread had asked for its own threads; it gets it back. */
static _Thread_local esp_pthread_cfg_t before;

int64_t kvs_idf_now_us(void)
{
    return esp_timer_get_time();
}

void kvs_idf_fill(uint8_t *bytes, size_t len)
{
    esp_fill_random(bytes, len);
}

void kvs_idf_log(const char *text, size_t len)
{
    ESP_LOGI(TAG, "%.*s", (int)len, text);
}

size_t kvs_idf_thread_begin(int thread)
{
    esp_pthread_cfg_t config = esp_pthread_get_default_config();
    if (esp_pthread_get_cfg(&before) != ESP_OK) {
        before = config;
    }
    switch (thread) {
    case KVS_IDF_THREAD_PUMP:
        config.thread_name = "kvs_pump";
        config.stack_size = CONFIG_KVS_WEBRTC_PUMP_STACK;
        config.prio = CONFIG_KVS_WEBRTC_PUMP_PRIORITY;
        break;
    case KVS_IDF_THREAD_CALLER:
        config.thread_name = "kvs_callbacks";
        config.stack_size = CONFIG_KVS_WEBRTC_CALLBACK_STACK;
        config.prio = CONFIG_KVS_WEBRTC_CALLBACK_PRIORITY;
        break;
    case KVS_IDF_THREAD_PROVIDER:
        config.thread_name = "kvs_provider";
        config.stack_size = CONFIG_KVS_WEBRTC_PUMP_STACK;
        config.prio = CONFIG_KVS_WEBRTC_PUMP_PRIORITY;
        break;
    default:
        config.thread_name = "kvs_resolve";
        config.stack_size = CONFIG_KVS_WEBRTC_RESOLVE_STACK;
        config.prio = CONFIG_KVS_WEBRTC_PUMP_PRIORITY;
        break;
    }
    /* Refused settings leave the defaults, which work. */
    if (esp_pthread_set_cfg(&config) != ESP_OK) {
        ESP_LOGW(TAG, "settings of thread %s refused", config.thread_name);
    }
    return config.stack_size;
}

void kvs_idf_thread_end(void)
{
    esp_pthread_set_cfg(&before);
}
