/* The cache in non-volatile storage. */
#include "kvs_idf.h"

#include <stdlib.h>
#include <string.h>

#include "esp_log.h"
#include "nvs.h"
#include "sdkconfig.h"

static const char *TAG = "kvs_webrtc";

const char *kvs_idf_cache_path(void)
{
    return CONFIG_KVS_WEBRTC_CACHE_PATH;
}

int32_t kvs_idf_nvs_read(const char *space, const char *key, uint8_t *bytes, size_t len)
{
    nvs_handle_t store;
    /* Nothing was kept yet, or nvs_flash_init was not called: either way there is no cache. */
    if (nvs_open(space, NVS_READONLY, &store) != ESP_OK) {
        return KVS_IDF_OTHER;
    }
    int32_t result = KVS_IDF_OTHER;
    size_t size = 0;
    if (nvs_get_blob(store, key, NULL, &size) == ESP_OK && size <= INT32_MAX) {
        result = (int32_t)size;
        if (len > 0 && (size > len || nvs_get_blob(store, key, bytes, &size) != ESP_OK)) {
            result = KVS_IDF_OTHER;
        }
    }
    nvs_close(store);
    return result;
}

int kvs_idf_nvs_write(const char *space, const char *key, const uint8_t *bytes, size_t len)
{
    nvs_handle_t store;
    esp_err_t result = nvs_open(space, NVS_READWRITE, &store);
    if (result == ESP_OK) {
        /* NVS leaves flash alone when the same bytes are there, and keeps the old blob until the new one is whole. */
        result = nvs_set_blob(store, key, bytes, len);
        if (result == ESP_OK) {
            result = nvs_commit(store);
        }
        nvs_close(store);
    }
    if (result != ESP_OK) {
        ESP_LOGW(TAG, "cache nvs:%s/%s: %s", space, key, esp_err_to_name(result));
        return KVS_IDF_OTHER;
    }
    return 0;
}
