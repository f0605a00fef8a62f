/* One thread that waits for sockets, for other threads and for time at once. */
#include "kvs_idf.h"

#include <poll.h>
#include <unistd.h>

#include "esp_log.h"
#include "esp_vfs_eventfd.h"

static const char *TAG = "kvs_webrtc";

int kvs_idf_wake_new(void)
{
    esp_vfs_eventfd_config_t config = ESP_VFS_EVENTD_CONFIG_DEFAULT();
    esp_err_t result = esp_vfs_eventfd_register(&config);
    /* Somebody else's registration serves us too, when it has room. */
    if (result != ESP_OK && result != ESP_ERR_INVALID_STATE) {
        ESP_LOGE(TAG, "eventfd: %s", esp_err_to_name(result));
        return KVS_IDF_OTHER;
    }
    int wake = eventfd(0, 0);
    return wake < 0 ? KVS_IDF_OTHER : wake;
}

void kvs_idf_wake(int wake)
{
    uint64_t one = 1;
    /* It can only fail when it is woken already. */
    if (write(wake, &one, sizeof one) < 0) {
        ESP_LOGD(TAG, "woken twice");
    }
}

void kvs_idf_wake_free(int wake)
{
    close(wake);
}

void kvs_idf_wait(int wake, const int *sockets, const uint8_t *wants, size_t count, int32_t timeout_ms)
{
    struct pollfd polled[KVS_IDF_WAIT_MAX + 1];
    if (count > KVS_IDF_WAIT_MAX) {
        count = KVS_IDF_WAIT_MAX;
    }
    for (size_t at = 0; at < count; at++) {
        polled[at].fd = sockets[at];
        polled[at].events = (wants[at] & KVS_IDF_READABLE ? POLLIN : 0) | (wants[at] & KVS_IDF_WRITABLE ? POLLOUT : 0);
        polled[at].revents = 0;
    }
    polled[count].fd = wake;
    polled[count].events = POLLIN;
    polled[count].revents = 0;
    /* An error wakes too: whoever waits finds out by asking its socket. */
    if (poll(polled, count + 1, timeout_ms) > 0 && (polled[count].revents & POLLIN)) {
        uint64_t woken;
        if (read(wake, &woken, sizeof woken) < 0) {
            ESP_LOGD(TAG, "the wake-up is gone");
        }
    }
}
