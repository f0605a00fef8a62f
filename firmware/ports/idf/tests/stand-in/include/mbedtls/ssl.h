#ifndef STAND_IN_MBEDTLS_SSL_H
#define STAND_IN_MBEDTLS_SSL_H

#include "mbedtls/x509_crt.h"

#define MBEDTLS_ERR_SSL_WANT_READ -0x6900
#define MBEDTLS_ERR_SSL_WANT_WRITE -0x6880
#define MBEDTLS_ERR_SSL_CONN_EOF -0x7280
#define MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE -0x7780
#define MBEDTLS_ERR_X509_CERT_VERIFY_FAILED -0x2700

typedef struct mbedtls_ssl_context mbedtls_ssl_context;

const mbedtls_x509_crt *mbedtls_ssl_get_peer_cert(const mbedtls_ssl_context *ssl);
int mbedtls_ssl_close_notify(mbedtls_ssl_context *ssl);

#endif
