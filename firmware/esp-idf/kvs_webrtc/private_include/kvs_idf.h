/*
 * What the Rust side needs of ESP-IDF, as plain functions: no struct of ESP-IDF's crosses this line, so the library
 * fits every version whose headers compile port.c. Declared a second time in firmware/ports/idf/src/shim.rs.
 */
#ifndef KVS_IDF_H
#define KVS_IDF_H

#include <stddef.h>
#include <stdint.h>

/* Negative results of the functions below. */
enum {
    KVS_IDF_WANT_READ = -1,   /* ask again when the socket can be read */
    KVS_IDF_WANT_WRITE = -2,  /* ask again when it can be written */
    KVS_IDF_RESET = -3,       /* the peer reset the connection */
    KVS_IDF_REFUSED = -4,     /* nobody listens there */
    KVS_IDF_TIMEOUT = -5,     /* TCP gave up */
    KVS_IDF_UNREACHABLE = -6, /* no route, network down */
    KVS_IDF_TLS = -7,         /* certificate, version, alert, damaged record */
    KVS_IDF_END = -8,         /* the peer ended it without close_notify */
    KVS_IDF_OTHER = -9,       /* out of memory or sockets, and the rest */
};

/* What a socket is waited for, as bits. */
enum { KVS_IDF_READABLE = 1, KVS_IDF_WRITABLE = 2 };

/* Threads, for kvs_idf_thread_begin. */
enum {
    KVS_IDF_THREAD_PUMP = 0,
    KVS_IDF_THREAD_CALLER = 1,
    KVS_IDF_THREAD_RESOLVER = 2,
    KVS_IDF_THREAD_PROVIDER = 3,
};

/* Time, entropy, log (port.c) */

/* Microseconds since the start (esp_timer). */
int64_t kvs_idf_now_us(void);
/* Entropy fit for keys, as esp_fill_random documents it: with Wi-Fi, Bluetooth or bootloader_random on. */
void kvs_idf_fill(uint8_t *bytes, size_t len);
/* One line to ESP log, `len` bytes without NUL. */
void kvs_idf_log(const char *text, size_t len);

/* Threads (port.c) */

/* Name, priority and core of the next thread that the calling one makes; returns its stack in bytes. */
size_t kvs_idf_thread_begin(int thread);
/* Puts the calling thread's settings back. */
void kvs_idf_thread_end(void);

/* Waiting (wait.c) */

/* A descriptor that kvs_idf_wake makes readable, or KVS_IDF_OTHER. */
int kvs_idf_wake_new(void);
/* From any thread. */
void kvs_idf_wake(int wake);
void kvs_idf_wake_free(int wake);
/*
 * Waits until a socket is ready for what is wanted of it, `wake` was woken or `timeout_ms` have passed (negative: no
 * limit); takes the wake-up back. `sockets` and `wants` have `count` entries, at most KVS_IDF_WAIT_MAX.
 */
enum { KVS_IDF_WAIT_MAX = 8 };
void kvs_idf_wait(int wake, const int *sockets, const uint8_t *wants, size_t count, int32_t timeout_ms);

/* Sockets and TLS (tls.c) */

/* A socket that begins to connect to a numeric address; negative: a reason. The caller closes it. */
int kvs_idf_dial(const char *address, uint16_t port);
/* 0 when it is connected; KVS_IDF_WANT_WRITE when not yet; otherwise a reason. */
int kvs_idf_dialled(int socket);
void kvs_idf_close(int socket);

typedef struct kvs_idf_tls kvs_idf_tls_t;

/*
 * TLS over a connected socket, which belongs to it from then on; NULL when out of memory, and the socket is closed. `ca`
 * is PEM with its NUL (counted in `ca_len`), or NULL for ESP-IDF's certificate bundle. `certificate` and `key` are DER,
 * or NULL. Texts and buffers must stay until the handshake is over.
 */
kvs_idf_tls_t *kvs_idf_tls_new(int socket, const char *host, const uint8_t *ca, size_t ca_len, const uint8_t *certificate,
                               size_t certificate_len, const uint8_t *key, size_t key_len);
/* 0 when it is done; KVS_IDF_WANT_READ or _WRITE; otherwise a reason. */
int kvs_idf_tls_handshake(kvs_idf_tls_t *tls);
/* 0 when every certificate that the peer sent is valid then, KVS_IDF_TLS otherwise. */
int kvs_idf_tls_valid_at(kvs_idf_tls_t *tls, int64_t unix_s);
/* Bytes read, 0 at an orderly end, or a negative result. */
int32_t kvs_idf_tls_read(kvs_idf_tls_t *tls, uint8_t *bytes, size_t len);
/* Bytes written, or a negative result; after _WANT_ it must be asked again with the same bytes. */
int32_t kvs_idf_tls_write(kvs_idf_tls_t *tls, const uint8_t *bytes, size_t len);
/* close_notify and FIN: 0 when they are on their way, KVS_IDF_WANT_WRITE, or a reason. */
int kvs_idf_tls_goodbye(kvs_idf_tls_t *tls);
void kvs_idf_tls_free(kvs_idf_tls_t *tls);
/* Whether ESP-IDF's certificate bundle is there. */
int kvs_idf_has_bundle(void);

/* Storage (storage.c) */

/* Where the cache is when the application names no place: a path, or `nvs:<namespace>/<key>`. */
const char *kvs_idf_cache_path(void);
/* Bytes of the blob, of which as many as fit are copied; negative: there is none. */
int32_t kvs_idf_nvs_read(const char *space, const char *key, uint8_t *bytes, size_t len);
/* 0 when it is kept. */
int kvs_idf_nvs_write(const char *space, const char *key, const uint8_t *bytes, size_t len);

/* Events (events.c), see kvs_webrtc_events.h */

void kvs_idf_post_state(uint64_t custom_data, uint32_t state);
void kvs_idf_post_message(uint64_t custom_data, uint32_t type, const char *peer, size_t peer_len, const uint8_t *payload,
                          size_t payload_len);
/* Whether messages are posted when the application gave no function for them. */
int kvs_idf_posts_messages(void);

#endif
