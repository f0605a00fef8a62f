/*
 * TLS by esp_tls over a socket of our own. Connecting is ours because esp_tls's own non-blocking connect waits inside
 * select() and resolves names where it is called; esp_tls takes the socket over once it is connected (its state is set to
 * CONNECTING, as its documentation has it for sockets that the application opened), and the socket stays non-blocking.
 */
#include "kvs_idf.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "esp_log.h"
#include "esp_tls.h"
#include "mbedtls/net_sockets.h"
#include "mbedtls/ssl.h"
#include "mbedtls/x509_crt.h"
#include "sdkconfig.h"
#ifdef CONFIG_KVS_WEBRTC_CA_BUNDLE
#include "esp_crt_bundle.h"
#endif

#ifndef CONFIG_ESP_TLS_USING_MBEDTLS
#error "kvs_webrtc needs esp_tls on Mbed TLS (CONFIG_ESP_TLS_USING_MBEDTLS)"
#endif

static const char *TAG = "kvs_webrtc";
static const char *PROTOCOLS[] = {"http/1.1", NULL};

struct kvs_idf_tls {
    esp_tls_t *esp;
    esp_tls_cfg_t config;
    int socket;
    char host[256]; /* a name is no longer (RFC 1035) */
};

static int reason_of(int error)
{
    switch (error) {
    case ECONNRESET:
    case ECONNABORTED:
    case EPIPE:
    case ENOTCONN:
        return KVS_IDF_RESET;
    case ECONNREFUSED:
        return KVS_IDF_REFUSED;
    case ETIMEDOUT:
        return KVS_IDF_TIMEOUT;
    case EHOSTUNREACH:
    case ENETUNREACH:
    case ENETDOWN:
    case EADDRNOTAVAIL:
        return KVS_IDF_UNREACHABLE;
    default:
        return KVS_IDF_OTHER;
    }
}

/* A result of Mbed TLS, negative as it gives it. */
static int reason_of_tls(int result)
{
    switch (result) {
    case MBEDTLS_ERR_SSL_WANT_READ:
        return KVS_IDF_WANT_READ;
    case MBEDTLS_ERR_SSL_WANT_WRITE:
        return KVS_IDF_WANT_WRITE;
    case MBEDTLS_ERR_NET_CONN_RESET:
    case MBEDTLS_ERR_NET_SEND_FAILED:
    case MBEDTLS_ERR_NET_RECV_FAILED:
        return KVS_IDF_RESET;
    case MBEDTLS_ERR_SSL_CONN_EOF:
        return KVS_IDF_END;
    default:
        return KVS_IDF_TLS;
    }
}

int kvs_idf_dial(const char *address, uint16_t port)
{
    struct addrinfo hints = {.ai_flags = AI_NUMERICHOST, .ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    char service[6];
    snprintf(service, sizeof service, "%u", (unsigned)port);
    if (getaddrinfo(address, service, &hints, &found) != 0 || found == NULL) {
        return KVS_IDF_UNREACHABLE;
    }
    int fd = socket(found->ai_family, found->ai_socktype, 0);
    int result = fd;
    if (fd < 0) {
        result = KVS_IDF_OTHER;
    } else {
        int on = 1;
        int flags = fcntl(fd, F_GETFL, 0);
        /* Signaling messages are small and wanted at once. */
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0) {
            result = KVS_IDF_OTHER;
        } else if (connect(fd, found->ai_addr, found->ai_addrlen) < 0 && errno != EINPROGRESS) {
            result = reason_of(errno);
        }
    }
    freeaddrinfo(found);
    if (result < 0 && fd >= 0) {
        close(fd);
    }
    return result;
}

int kvs_idf_dialled(int socket)
{
    struct pollfd polled = {.fd = socket, .events = POLLOUT};
    if (poll(&polled, 1, 0) == 0) {
        return KVS_IDF_WANT_WRITE;
    }
    int error = 0;
    socklen_t len = sizeof error;
    if (getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &len) < 0) {
        return KVS_IDF_OTHER;
    }
    return error == 0 ? 0 : reason_of(error);
}

void kvs_idf_close(int socket)
{
    close(socket);
}

kvs_idf_tls_t *kvs_idf_tls_new(int socket, const char *host, const uint8_t *ca, size_t ca_len, const uint8_t *certificate,
                               size_t certificate_len, const uint8_t *key, size_t key_len)
{
    kvs_idf_tls_t *tls = calloc(1, sizeof *tls);
    esp_tls_t *esp = tls == NULL || strlen(host) >= sizeof tls->host ? NULL : esp_tls_init();
    if (esp == NULL) {
        free(tls);
        close(socket);
        return NULL;
    }
    strcpy(tls->host, host);
    tls->esp = esp;
    tls->socket = socket;
    esp_tls_cfg_t *config = &tls->config;
    config->alpn_protos = PROTOCOLS;
    config->common_name = tls->host;
    config->cacert_buf = ca;
    config->cacert_bytes = ca_len;
#ifdef CONFIG_KVS_WEBRTC_CA_BUNDLE
    if (ca == NULL) {
        config->crt_bundle_attach = esp_crt_bundle_attach;
    }
#endif
    config->clientcert_buf = certificate;
    config->clientcert_bytes = certificate_len;
    config->clientkey_buf = key;
    config->clientkey_bytes = key_len;
    esp_tls_set_conn_sockfd(esp, socket);
    esp_tls_set_conn_state(esp, ESP_TLS_CONNECTING);
    return tls;
}

int kvs_idf_tls_handshake(kvs_idf_tls_t *tls)
{
    /* Without anything to trust esp_tls would trust anybody. */
    if (tls->config.cacert_buf == NULL && !kvs_idf_has_bundle()) {
        return KVS_IDF_TLS;
    }
    int result = 0;
    /* esp_tls does not say what it waits for. When it still waits although the socket takes bytes, it is for reading. */
    for (int writable = 0; result == 0; writable++) {
        result = esp_tls_conn_new_async(tls->host, (int)strlen(tls->host), 0, &tls->config, tls->esp);
        struct pollfd polled = {.fd = tls->socket, .events = POLLOUT};
        if (result == 0 && poll(&polled, 1, 0) == 0) {
            return KVS_IDF_WANT_WRITE;
        }
        if (result == 0 && writable == 1) {
            return KVS_IDF_WANT_READ;
        }
    }
    if (result == 1) {
        return 0;
    }
    esp_tls_error_handle_t errors = NULL;
    int code = 0, flags = 0;
    if (esp_tls_get_error_handle(tls->esp, &errors) == ESP_OK) {
        esp_tls_get_and_clear_last_error(errors, &code, &flags);
    }
    ESP_LOGW(TAG, "TLS with %s: -0x%04x, certificate flags 0x%x", tls->host, (unsigned)code, (unsigned)flags);
    /* Positive there; none at all comes of a CA or certificate that cannot be read. */
    return code > 0 ? reason_of_tls(-code) : KVS_IDF_TLS;
}

/* Seconds since 1970 of a UTC date. */
static int64_t unix_of(const mbedtls_x509_time *at)
{
    int64_t year = at->mon <= 2 ? at->year - 1 : at->year;
    int64_t month = (at->mon + 9) % 12; /* March is 0 */
    int64_t days = 365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + at->day - 1 - 719468;
    return ((days * 24 + at->hour) * 60 + at->min) * 60 + at->sec;
}

int kvs_idf_tls_valid_at(kvs_idf_tls_t *tls, int64_t unix_s)
{
    const mbedtls_x509_crt *sent = mbedtls_ssl_get_peer_cert(esp_tls_get_ssl_context(tls->esp));
    if (sent == NULL) {
        ESP_LOGE(TAG, "the peer's certificate was not kept (CONFIG_MBEDTLS_SSL_KEEP_PEER_CERTIFICATE)");
        return KVS_IDF_TLS;
    }
    for (; sent != NULL; sent = sent->next) {
        if (unix_s < unix_of(&sent->valid_from) || unix_s > unix_of(&sent->valid_to)) {
            ESP_LOGW(TAG, "TLS with %s: a certificate is not valid now", tls->host);
            return KVS_IDF_TLS;
        }
    }
    return 0;
}

int32_t kvs_idf_tls_read(kvs_idf_tls_t *tls, uint8_t *bytes, size_t len)
{
    ssize_t result = esp_tls_conn_read(tls->esp, bytes, len);
    return result >= 0 ? (int32_t)result : reason_of_tls((int)result);
}

int32_t kvs_idf_tls_write(kvs_idf_tls_t *tls, const uint8_t *bytes, size_t len)
{
    ssize_t result = esp_tls_conn_write(tls->esp, bytes, len);
    return result >= 0 ? (int32_t)result : reason_of_tls((int)result);
}

int kvs_idf_tls_goodbye(kvs_idf_tls_t *tls)
{
    int result = mbedtls_ssl_close_notify(esp_tls_get_ssl_context(tls->esp));
    if (result != 0) {
        return reason_of_tls(result);
    }
    shutdown(tls->socket, SHUT_WR);
    return 0;
}

void kvs_idf_tls_free(kvs_idf_tls_t *tls)
{
    /* Closes the socket too. */
    esp_tls_conn_destroy(tls->esp);
    free(tls);
}

int kvs_idf_has_bundle(void)
{
#ifdef CONFIG_KVS_WEBRTC_CA_BUNDLE
    return 1;
#else
    return 0;
#endif
}
