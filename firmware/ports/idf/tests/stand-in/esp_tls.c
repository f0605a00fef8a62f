/*
 * esp_tls on OpenSSL: enough of it for tls.c of the component, strict where ESP-IDF is. Dates of certificates are not
 * checked, as ESP-IDF does without CONFIG_MBEDTLS_HAVE_TIME_DATE.
 */
#include "esp_tls.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "mbedtls/net_sockets.h"
#include "mbedtls/ssl.h"

#define CERTIFICATES 8

struct esp_tls_last_error {
    int code;
    int flags;
};

struct mbedtls_ssl_context {
    SSL *ssl;
    mbedtls_x509_crt sent[CERTIFICATES];
};

struct esp_tls {
    int sockfd;
    esp_tls_conn_state_t state;
    SSL_CTX *context;
    mbedtls_ssl_context mbed;
    struct esp_tls_last_error error;
    /* A write that was put off must come again as it was. */
    const void *owed;
    size_t owed_len;
    unsigned writes;
};

static void demand(int holds, const char *what)
{
    if (!holds) {
        fprintf(stderr, "esp_tls is misused: %s\n", what);
        abort();
    }
}

esp_tls_t *esp_tls_init(void)
{
    esp_tls_t *tls = calloc(1, sizeof *tls);
    if (tls != NULL) {
        tls->sockfd = -1;
    }
    return tls;
}

esp_err_t esp_tls_set_conn_sockfd(esp_tls_t *tls, int sockfd)
{
    if (tls == NULL || sockfd < 0) {
        return ESP_ERR_INVALID_ARG;
    }
    tls->sockfd = sockfd;
    return ESP_OK;
}

esp_err_t esp_tls_set_conn_state(esp_tls_t *tls, esp_tls_conn_state_t state)
{
    tls->state = state;
    return ESP_OK;
}

static int load_roots(SSL_CTX *context, const esp_tls_cfg_t *config)
{
    demand(config->cacert_bytes > 0 && config->cacert_buf[config->cacert_bytes - 1] == 0, "a PEM text without its NUL");
    BIO *pem = BIO_new_mem_buf(config->cacert_buf, (int)config->cacert_bytes - 1);
    int found = 0;
    for (X509 *ca; (ca = PEM_read_bio_X509(pem, NULL, NULL, NULL)) != NULL; found++) {
        X509_STORE_add_cert(SSL_CTX_get_cert_store(context), ca);
        X509_free(ca);
    }
    ERR_clear_error();
    BIO_free(pem);
    return found;
}

static int load_own(SSL_CTX *context, const esp_tls_cfg_t *config)
{
    if (config->clientcert_buf == NULL) {
        return 1;
    }
    BIO *certificate = BIO_new_mem_buf(config->clientcert_buf, (int)config->clientcert_bytes);
    BIO *key = BIO_new_mem_buf(config->clientkey_buf, (int)config->clientkey_bytes);
    X509 *own = PEM_read_bio_X509(certificate, NULL, NULL, NULL);
    EVP_PKEY *secret = PEM_read_bio_PrivateKey(key, NULL, NULL, NULL);
    /* Not PEM: DER, as Mbed TLS takes both. */
    if (own == NULL) {
        const unsigned char *at = config->clientcert_buf;
        own = d2i_X509(NULL, &at, config->clientcert_bytes);
    }
    if (secret == NULL) {
        const unsigned char *at = config->clientkey_buf;
        secret = d2i_AutoPrivateKey(NULL, &at, config->clientkey_bytes);
    }
    int good = own != NULL && secret != NULL && SSL_CTX_use_certificate(context, own) == 1 &&
               SSL_CTX_use_PrivateKey(context, secret) == 1;
    X509_free(own);
    EVP_PKEY_free(secret);
    BIO_free(certificate);
    BIO_free(key);
    ERR_clear_error();
    return good;
}

static int begin(esp_tls_t *tls, const esp_tls_cfg_t *config)
{
    demand(config->alpn_protos != NULL && strcmp(config->alpn_protos[0], "http/1.1") == 0, "no ALPN");
    tls->context = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_verify(tls->context, SSL_VERIFY_PEER, NULL);
    if (load_roots(tls->context, config) == 0 || !load_own(tls->context, config)) {
        return 0;
    }
    SSL *ssl = tls->mbed.ssl = SSL_new(tls->context);
    X509_VERIFY_PARAM *verify = SSL_get0_param(ssl);
    X509_VERIFY_PARAM_set_flags(verify, X509_V_FLAG_NO_CHECK_TIME);
    if (X509_VERIFY_PARAM_set1_ip_asc(verify, config->common_name) != 1) {
        X509_VERIFY_PARAM_set1_host(verify, config->common_name, 0);
        SSL_set_tlsext_host_name(ssl, config->common_name);
    }
    SSL_set_alpn_protos(ssl, (const unsigned char *)"\x08http/1.1", 9);
    SSL_set_fd(ssl, tls->sockfd);
    return 1;
}

/* What Mbed TLS would have returned. */
static int result_of(SSL *ssl, int returned)
{
    int error = errno;
    switch (SSL_get_error(ssl, returned)) {
    case SSL_ERROR_WANT_READ:
        return MBEDTLS_ERR_SSL_WANT_READ;
    case SSL_ERROR_WANT_WRITE:
        return MBEDTLS_ERR_SSL_WANT_WRITE;
    case SSL_ERROR_ZERO_RETURN:
        return 0;
    case SSL_ERROR_SYSCALL:
        return error == ECONNRESET || error == EPIPE ? MBEDTLS_ERR_NET_CONN_RESET : MBEDTLS_ERR_SSL_CONN_EOF;
    default:
        break;
    }
    unsigned long why = ERR_peek_error();
    ERR_clear_error();
    switch (ERR_GET_REASON(why)) {
    case SSL_R_UNEXPECTED_EOF_WHILE_READING:
        return MBEDTLS_ERR_SSL_CONN_EOF;
    case SSL_R_CERTIFICATE_VERIFY_FAILED:
        return MBEDTLS_ERR_X509_CERT_VERIFY_FAILED;
    default:
        return MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE;
    }
}

static int fail(esp_tls_t *tls, int code)
{
    tls->state = ESP_TLS_FAIL;
    tls->error.code = code;
    if (tls->mbed.ssl != NULL) {
        tls->error.flags = (int)SSL_get_verify_result(tls->mbed.ssl);
    }
    return -1;
}

int esp_tls_conn_new_async(const char *host, int len, int port, const esp_tls_cfg_t *config, esp_tls_t *tls)
{
    (void)port;
    demand(len == (int)strlen(host), "a host of another length");
    demand(!config->non_block, "esp_tls would wait in select()");
    if (tls->state == ESP_TLS_CONNECTING) {
        if (!begin(tls, config)) {
            return fail(tls, 0);
        }
        tls->state = ESP_TLS_HANDSHAKE;
    }
    if (tls->state != ESP_TLS_HANDSHAKE) {
        return -1;
    }
    ERR_clear_error();
    errno = 0;
    int returned = SSL_connect(tls->mbed.ssl);
    if (returned == 1) {
        tls->state = ESP_TLS_DONE;
        return 1;
    }
    int result = result_of(tls->mbed.ssl, returned);
    if (result == MBEDTLS_ERR_SSL_WANT_READ || result == MBEDTLS_ERR_SSL_WANT_WRITE) {
        return 0;
    }
    return fail(tls, -result);
}

ssize_t esp_tls_conn_read(esp_tls_t *tls, void *bytes, size_t len)
{
    demand(tls->state == ESP_TLS_DONE, "read before the handshake is over");
    ERR_clear_error();
    errno = 0;
    int returned = SSL_read(tls->mbed.ssl, bytes, (int)len);
    return returned > 0 ? returned : result_of(tls->mbed.ssl, returned);
}

ssize_t esp_tls_conn_write(esp_tls_t *tls, const void *bytes, size_t len)
{
    demand(tls->state == ESP_TLS_DONE, "write before the handshake is over");
    demand(tls->owed == NULL || (tls->owed == bytes && tls->owed_len == len), "other bytes after WANT_WRITE");
    /* Every third write is put off, so that this happens on a quick loopback too. */
    if (tls->owed == NULL && ++tls->writes % 3 == 0) {
        tls->owed = bytes;
        tls->owed_len = len;
        return MBEDTLS_ERR_SSL_WANT_WRITE;
    }
    ERR_clear_error();
    errno = 0;
    int returned = SSL_write(tls->mbed.ssl, bytes, (int)len);
    int result = returned > 0 ? returned : result_of(tls->mbed.ssl, returned);
    int again = result == MBEDTLS_ERR_SSL_WANT_READ || result == MBEDTLS_ERR_SSL_WANT_WRITE;
    tls->owed = again ? bytes : NULL;
    tls->owed_len = len;
    return result;
}

int esp_tls_conn_destroy(esp_tls_t *tls)
{
    SSL_free(tls->mbed.ssl);
    SSL_CTX_free(tls->context);
    int result = tls->sockfd >= 0 ? close(tls->sockfd) : 0;
    free(tls);
    return result;
}

void *esp_tls_get_ssl_context(esp_tls_t *tls)
{
    return &tls->mbed;
}

esp_err_t esp_tls_get_error_handle(esp_tls_t *tls, esp_tls_error_handle_t *errors)
{
    *errors = &tls->error;
    return ESP_OK;
}

esp_err_t esp_tls_get_and_clear_last_error(esp_tls_error_handle_t errors, int *code, int *flags)
{
    *code = errors->code;
    *flags = errors->flags;
    memset(errors, 0, sizeof *errors);
    return ESP_OK;
}

static mbedtls_x509_time time_of(const ASN1_TIME *at)
{
    struct tm tm = {0};
    ASN1_TIME_to_tm(at, &tm);
    mbedtls_x509_time time = {tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec};
    return time;
}

const mbedtls_x509_crt *mbedtls_ssl_get_peer_cert(const mbedtls_ssl_context *ssl)
{
    STACK_OF(X509) *chain = SSL_get_peer_cert_chain(ssl->ssl);
    mbedtls_x509_crt *sent = ((mbedtls_ssl_context *)ssl)->sent;
    int count = sk_X509_num(chain);
    demand(count <= CERTIFICATES, "a longer chain than this stand-in holds");
    for (int at = 0; at < count; at++) {
        X509 *certificate = sk_X509_value(chain, at);
        sent[at].valid_from = time_of(X509_get0_notBefore(certificate));
        sent[at].valid_to = time_of(X509_get0_notAfter(certificate));
        sent[at].next = at + 1 < count ? &sent[at + 1] : NULL;
    }
    return count > 0 ? sent : NULL;
}

int mbedtls_ssl_close_notify(mbedtls_ssl_context *ssl)
{
    ERR_clear_error();
    errno = 0;
    int returned = SSL_shutdown(ssl->ssl);
    return returned >= 0 ? 0 : result_of(ssl->ssl, returned);
}
