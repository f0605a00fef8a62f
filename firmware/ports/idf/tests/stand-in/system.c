/* Time, entropy, threads and NVS. A namespace is a file per key in the directory STAND_IN_NVS. */
#include <pthread.h>
#include <stdint.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "esp_netif.h"
#include "esp_pthread.h"
#include "esp_random.h"
#include "esp_timer.h"
#include "esp_vfs_eventfd.h"
#include "nvs_flash.h"
#include "protocol_examples_common.h"

/* Whoever reads what this program says waits for each line, and not for ever. */
__attribute__((constructor)) static void begin(void)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    alarm(120);
}

int64_t esp_timer_get_time(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

void esp_fill_random(void *bytes, size_t len)
{
    for (size_t done = 0; done < len;) {
        ssize_t got = getrandom((char *)bytes + done, len - done, 0);
        done += got > 0 ? (size_t)got : 0;
    }
}

const char *esp_err_to_name(esp_err_t code)
{
    static _Thread_local char name[16];
    snprintf(name, sizeof name, "0x%x", (unsigned)code);
    return name;
}

static _Thread_local esp_pthread_cfg_t threads;
static _Thread_local int configured;

esp_pthread_cfg_t esp_pthread_get_default_config(void)
{
    esp_pthread_cfg_t config = {.thread_name = NULL, .prio = 5, .pin_to_core = -1, .stack_size = 3072};
    return config;
}

esp_err_t esp_pthread_set_cfg(const esp_pthread_cfg_t *config)
{
    if (config->stack_size < 768) {
        return ESP_ERR_INVALID_ARG;
    }
    threads = *config;
    configured = 1;
    return ESP_OK;
}

esp_err_t esp_pthread_get_cfg(esp_pthread_cfg_t *config)
{
    if (!configured) {
        return ESP_ERR_NOT_FOUND;
    }
    *config = threads;
    return ESP_OK;
}

esp_err_t esp_vfs_eventfd_register(const esp_vfs_eventfd_config_t *config)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    static int registered;
    pthread_mutex_lock(&lock);
    esp_err_t result = registered || config->max_fds == 0 ? ESP_ERR_INVALID_STATE : ESP_OK;
    registered = 1;
    pthread_mutex_unlock(&lock);
    return result;
}

esp_err_t esp_netif_init(void)
{
    return ESP_OK;
}

esp_err_t example_connect(void)
{
    return ESP_OK;
}

/* Names of NVS are at most this long. */
#define NAME 15
#define HANDLES 8

static struct {
    char space[NAME + 1];
    nvs_open_mode_t mode;
    int open;
} handles[HANDLES];
static pthread_mutex_t nvs = PTHREAD_MUTEX_INITIALIZER;

esp_err_t nvs_flash_init(void)
{
    return getenv("STAND_IN_NVS") == NULL ? ESP_ERR_NOT_FOUND : ESP_OK;
}

esp_err_t nvs_flash_erase(void)
{
    return ESP_FAIL;
}

esp_err_t nvs_open(const char *space, nvs_open_mode_t mode, nvs_handle_t *handle)
{
    esp_err_t result = ESP_ERR_NO_MEM;
    if (getenv("STAND_IN_NVS") == NULL) {
        return ESP_ERR_NVS_NOT_INITIALIZED;
    }
    if (strlen(space) > NAME) {
        return ESP_ERR_NVS_KEY_TOO_LONG;
    }
    pthread_mutex_lock(&nvs);
    for (nvs_handle_t at = 0; at < HANDLES && result != ESP_OK; at++) {
        if (!handles[at].open) {
            strcpy(handles[at].space, space);
            handles[at].mode = mode;
            handles[at].open = 1;
            *handle = at;
            result = ESP_OK;
        }
    }
    pthread_mutex_unlock(&nvs);
    return result;
}

static FILE *blob(nvs_handle_t handle, const char *key, const char *how)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s.%s", getenv("STAND_IN_NVS"), handles[handle].space, key);
    return fopen(path, how);
}

esp_err_t nvs_get_blob(nvs_handle_t handle, const char *key, void *bytes, size_t *len)
{
    FILE *file = strlen(key) > NAME ? NULL : blob(handle, key, "rb");
    if (file == NULL) {
        return ESP_ERR_NVS_NOT_FOUND;
    }
    fseek(file, 0, SEEK_END);
    size_t size = (size_t)ftell(file);
    rewind(file);
    esp_err_t result = ESP_OK;
    if (bytes != NULL && *len < size) {
        result = ESP_ERR_NVS_INVALID_LENGTH;
    } else if (bytes != NULL && fread(bytes, 1, size, file) != size) {
        result = ESP_FAIL;
    }
    *len = size;
    fclose(file);
    return result;
}

esp_err_t nvs_set_blob(nvs_handle_t handle, const char *key, const void *bytes, size_t len)
{
    if (strlen(key) > NAME || handles[handle].mode != NVS_READWRITE) {
        return ESP_ERR_INVALID_ARG;
    }
    FILE *file = blob(handle, key, "wb");
    if (file == NULL) {
        return ESP_FAIL;
    }
    esp_err_t result = fwrite(bytes, 1, len, file) == len ? ESP_OK : ESP_FAIL;
    return fclose(file) == 0 ? result : ESP_FAIL;
}

esp_err_t nvs_commit(nvs_handle_t handle)
{
    return handles[handle].open ? ESP_OK : ESP_ERR_INVALID_ARG;
}

void nvs_close(nvs_handle_t handle)
{
    pthread_mutex_lock(&nvs);
    handles[handle].open = 0;
    pthread_mutex_unlock(&nvs);
}
