#ifndef STAND_IN_ESP_TLS_H
#define STAND_IN_ESP_TLS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "esp_err.h"

typedef struct esp_tls esp_tls_t;
typedef struct esp_tls_last_error *esp_tls_error_handle_t;

typedef enum {
    ESP_TLS_INIT = 0,
    ESP_TLS_CONNECTING,
    ESP_TLS_HANDSHAKE,
    ESP_TLS_FAIL,
    ESP_TLS_DONE,
} esp_tls_conn_state_t;

/* Some of ESP-IDF's fields, not in its order: nobody may depend on it. */
typedef struct esp_tls_cfg {
    bool non_block;
    const char *common_name;
    unsigned int clientkey_bytes;
    const unsigned char *clientkey_buf;
    esp_err_t (*crt_bundle_attach)(void *conf);
    unsigned int cacert_bytes;
    const char **alpn_protos;
    const unsigned char *clientcert_buf;
    const unsigned char *cacert_buf;
    unsigned int clientcert_bytes;
} esp_tls_cfg_t;

esp_tls_t *esp_tls_init(void);
esp_err_t esp_tls_set_conn_sockfd(esp_tls_t *tls, int sockfd);
esp_err_t esp_tls_set_conn_state(esp_tls_t *tls, esp_tls_conn_state_t state);
int esp_tls_conn_new_async(const char *host, int len, int port, const esp_tls_cfg_t *config, esp_tls_t *tls);
ssize_t esp_tls_conn_read(esp_tls_t *tls, void *bytes, size_t len);
ssize_t esp_tls_conn_write(esp_tls_t *tls, const void *bytes, size_t len);
int esp_tls_conn_destroy(esp_tls_t *tls);
void *esp_tls_get_ssl_context(esp_tls_t *tls);
esp_err_t esp_tls_get_error_handle(esp_tls_t *tls, esp_tls_error_handle_t *errors);
esp_err_t esp_tls_get_and_clear_last_error(esp_tls_error_handle_t errors, int *code, int *flags);

#endif
