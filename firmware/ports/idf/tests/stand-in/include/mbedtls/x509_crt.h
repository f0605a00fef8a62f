#ifndef STAND_IN_MBEDTLS_X509_CRT_H
#define STAND_IN_MBEDTLS_X509_CRT_H

typedef struct {
    int year, mon, day, hour, min, sec;
} mbedtls_x509_time;

typedef struct mbedtls_x509_crt {
    struct mbedtls_x509_crt *next;
    mbedtls_x509_time valid_from;
    mbedtls_x509_time valid_to;
} mbedtls_x509_crt;

#endif
