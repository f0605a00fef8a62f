/*
 * Prints the trace lines of the `scenario` harness from C or C++ firmware.
 *
 *     @kvs <seq> <ms> <event> key=value ... *<crc16>
 *
 * C99 and C++, header only: no heap, no state outside the caller's `kvs_trace_t`, no locale. What
 * it writes is, byte for byte, what the Rust crate beside it writes (tests/c_header.rs).
 *
 *     static kvs_trace_t trace = KVS_TRACE_INIT(write_line, now_ms, NULL);
 *     kvs_trace_hello(&trace, image_hash_16, "my-camera", "power", mac);
 *     kvs_trace_connected(&trace, link, attempt);
 *
 * Never hand it a secret: no key, token, pre-signed URL, password or SDP text belongs on a console.
 *
 * Threads: `seq` has to rise in the order of the lines. Either one task prints all lines of a
 * `kvs_trace_t`, or `lock` and `unlock` are set: a line then holds the lock from kvs_trace_begin to
 * kvs_trace_end. Not for interrupt handlers. A line takes about 540 bytes of the caller's stack.
 */
#ifndef KVS_TRACE_H
#define KVS_TRACE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Version of the line protocol, said in `hello`; the harness refuses another one. */
#define KVS_TRACE_PROTOCOL 1
/* Longest line in bytes, without its '\n'. */
#define KVS_TRACE_LINE_MAX 512
/* " *" and four hex digits. */
#define KVS_TRACE_TRAILER 6

/* Where lines go, and their number. Zero-initialise what you do not set. */
typedef struct kvs_trace {
    /* Writes `len` bytes, the last of them '\n', in one piece: other output must not break in. */
    void (*write)(void *context, const char *line, size_t len);
    /* Monotonic milliseconds since boot. */
    uint64_t (*now_ms)(void *context);
    /* May be NULL: see "Threads". */
    void (*lock)(void *context);
    void (*unlock)(void *context);
    /* Handed to the four above. */
    void *context;
    /* Number of the next line; 0 after boot. */
    uint32_t seq;
} kvs_trace_t;

#define KVS_TRACE_INIT(write_fn, now_ms_fn, context_ptr) \
    { (write_fn), (now_ms_fn), NULL, NULL, (context_ptr), 0 }

/* One line while it is written. A value that does not fit is cut and marked with a final '~'. */
typedef struct kvs_trace_line {
    size_t len;
    int is_cut;
    char bytes[KVS_TRACE_LINE_MAX + 2];
} kvs_trace_line_t;

/* ---- any event ----------------------------------------------------------------------------- */

/* CRC-16/CCITT-FALSE. */
static inline uint16_t kvs_trace_crc16(const char *bytes, size_t len) {
    uint32_t crc = 0xFFFFu;
    for (size_t at = 0; at < len; at++) {
        crc ^= (uint32_t)(unsigned char)bytes[at] << 8;
        for (int bit = 0; bit < 8; bit++) {
            crc = (crc & 0x8000u) ? ((crc << 1) ^ 0x1021u) & 0xFFFFu : (crc << 1) & 0xFFFFu;
        }
    }
    return (uint16_t)crc;
}

/* Appends one byte, unless the room before the trailer is used up. */
static inline void kvs_trace_put(kvs_trace_line_t *line, char byte) {
    if (line->len < KVS_TRACE_LINE_MAX - KVS_TRACE_TRAILER) {
        line->bytes[line->len++] = byte;
    }
}

static inline void kvs_trace_puts(kvs_trace_line_t *line, const char *text) {
    for (; *text != '\0'; text++) {
        kvs_trace_put(line, *text);
    }
}

static inline void kvs_trace_put_number(kvs_trace_line_t *line, uint64_t value) {
    char digits[20];
    int count = 0;
    do {
        digits[count++] = (char)('0' + (int)(value % 10u));
        value /= 10u;
    } while (value != 0);
    while (count > 0) {
        kvs_trace_put(line, digits[--count]);
    }
}

/* Starts a line of `event`, a word such as "connected"; takes the lock. */
static inline void kvs_trace_begin(kvs_trace_t *trace, kvs_trace_line_t *line, const char *event) {
    if (trace->lock != NULL) {
        trace->lock(trace->context);
    }
    line->len = 0;
    line->is_cut = 0;
    kvs_trace_puts(line, "@kvs ");
    kvs_trace_put_number(line, trace->seq++);
    kvs_trace_put(line, ' ');
    kvs_trace_put_number(line, trace->now_ms(trace->context));
    kvs_trace_put(line, ' ');
    kvs_trace_puts(line, event);
}

/* Adds ` key=`; 0 when there is no room: the field is left out, and all after it. */
static inline int kvs_trace_key(kvs_trace_line_t *line, const char *key) {
    size_t len = 0;
    while (key[len] != '\0') {
        len++;
    }
    if (line->is_cut || line->len + len + 3 > KVS_TRACE_LINE_MAX - KVS_TRACE_TRAILER) {
        line->is_cut = 1;
        return 0;
    }
    kvs_trace_put(line, ' ');
    kvs_trace_puts(line, key);
    kvs_trace_put(line, '=');
    return 1;
}

/* Adds ` key=value`; any bytes, percent-encoded where they have to be. */
static inline void kvs_trace_bytes(kvs_trace_line_t *line, const char *key, const void *value,
                                   size_t len) {
    const unsigned char *bytes = (const unsigned char *)value;
    if (!kvs_trace_key(line, key)) {
        return;
    }
    for (size_t at = 0; at < len; at++) {
        const unsigned char byte = bytes[at];
        const int is_plain =
            byte >= '!' && byte <= '~' && byte != '%' && byte != '=' && byte != '*';
        const size_t need = is_plain ? 1 : 3;
        /* One byte is held back for the mark of a cut. */
        if (line->len + need + 1 > KVS_TRACE_LINE_MAX - KVS_TRACE_TRAILER) {
            kvs_trace_put(line, '~');
            line->is_cut = 1;
            return;
        }
        if (is_plain) {
            kvs_trace_put(line, (char)byte);
        } else {
            kvs_trace_put(line, '%');
            kvs_trace_put(line, "0123456789ABCDEF"[byte >> 4]);
            kvs_trace_put(line, "0123456789ABCDEF"[byte & 15]);
        }
    }
}

/* Adds ` key=value` of a C string; NULL is the empty one. */
static inline void kvs_trace_text(kvs_trace_line_t *line, const char *key, const char *value) {
    size_t len = 0;
    while (value != NULL && value[len] != '\0') {
        len++;
    }
    kvs_trace_bytes(line, key, value, len);
}

static inline void kvs_trace_i64(kvs_trace_line_t *line, const char *key, int64_t value) {
    char text[21];
    size_t at = sizeof(text);
    uint64_t rest = value < 0 ? 0u - (uint64_t)value : (uint64_t)value;
    do {
        text[--at] = (char)('0' + (int)(rest % 10u));
        rest /= 10u;
    } while (rest != 0);
    if (value < 0) {
        text[--at] = '-';
    }
    kvs_trace_bytes(line, key, text + at, sizeof(text) - at);
}

static inline void kvs_trace_u64(kvs_trace_line_t *line, const char *key, uint64_t value) {
    char text[20];
    size_t at = sizeof(text);
    do {
        text[--at] = (char)('0' + (int)(value % 10u));
        value /= 10u;
    } while (value != 0);
    kvs_trace_bytes(line, key, text + at, sizeof(text) - at);
}

/* Closes the line with its checksum and writes it; gives the lock back. */
static inline void kvs_trace_end(kvs_trace_t *trace, kvs_trace_line_t *line) {
    const uint16_t crc = kvs_trace_crc16(line->bytes, line->len);
    line->bytes[line->len++] = ' ';
    line->bytes[line->len++] = '*';
    for (int shift = 12; shift >= 0; shift -= 4) {
        line->bytes[line->len++] = "0123456789abcdef"[(crc >> shift) & 15];
    }
    line->bytes[line->len++] = '\n';
    trace->write(trace->context, line->bytes, line->len);
    if (trace->unlock != NULL) {
        trace->unlock(trace->context);
    }
}

/* ---- the events a client of its own can say, by the words of firmware/trace ------------------ */

/* First line after boot. `image`: first 16 hex digits of the ELF's SHA-256 (ESP-IDF:
 * esp_app_get_elf_sha256), or "unknown". `reset`: power, software, watchdog, panic, brownout,
 * deep_sleep. `mac`: "aa:bb:cc:dd:ee:ff" or "none". */
static inline void kvs_trace_hello(kvs_trace_t *trace, const char *image, const char *board,
                                   const char *reset, const char *mac) {
    kvs_trace_line_t line;
    kvs_trace_begin(trace, &line, "hello");
    kvs_trace_u64(&line, "proto", KVS_TRACE_PROTOCOL);
    kvs_trace_text(&line, "image", image);
    kvs_trace_text(&line, "board", board);
    kvs_trace_text(&line, "reset", reset);
    kvs_trace_text(&line, "mac", mac);
    kvs_trace_end(trace, &line);
}

/* The client's state machine moved. */
static inline void kvs_trace_state(kvs_trace_t *trace, const char *from, const char *to,
                                   const char *why) {
    kvs_trace_line_t line;
    kvs_trace_begin(trace, &line, "state");
    kvs_trace_text(&line, "from", from);
    kvs_trace_text(&line, "to", to);
    kvs_trace_text(&line, "why", why);
    kvs_trace_end(trace, &line);
}

/* A connection attempt starts. `link`: a number that no other connection since boot has had.
 * `type`: https or wss. `attempt`: 0-based since the last stable connection. */
static inline void kvs_trace_open(kvs_trace_t *trace, uint32_t link, const char *type,
                                  const char *host, uint32_t port, uint32_t attempt) {
    kvs_trace_line_t line;
    kvs_trace_begin(trace, &line, "open");
    kvs_trace_u64(&line, "link", link);
    kvs_trace_text(&line, "type", type);
    kvs_trace_text(&line, "host", host);
    kvs_trace_u64(&line, "port", port);
    kvs_trace_u64(&line, "attempt", attempt);
    kvs_trace_end(trace, &line);
}

/* TCP and TLS are up. */
static inline void kvs_trace_up(kvs_trace_t *trace, uint32_t link, const char *type,
                                uint64_t took_ms) {
    kvs_trace_line_t line;
    kvs_trace_begin(trace, &line, "up");
    kvs_trace_u64(&line, "link", link);
    kvs_trace_text(&line, "type", type);
    kvs_trace_u64(&line, "took_ms", took_ms);
    kvs_trace_end(trace, &line);
}

/* A link ended or could not be opened. `why`: fin, reset, refused, dns, timeout, tls,
 * unreachable, local. */
static inline void kvs_trace_closed(kvs_trace_t *trace, uint32_t link, const char *type,
                                    const char *why) {
    kvs_trace_line_t line;
    kvs_trace_begin(trace, &line, "closed");
    kvs_trace_u64(&line, "link", link);
    kvs_trace_text(&line, "type", type);
    kvs_trace_text(&line, "why", why);
    kvs_trace_end(trace, &line);
}

/* One AWS call ended. `api`: describe, create, endpoint, ice_config, connect. `status`: 0 without
 * a response. `error`: AWS's error type or "none". */
static inline void kvs_trace_call(kvs_trace_t *trace, uint32_t link, const char *api,
                                  uint32_t status, const char *error, uint64_t took_ms) {
    kvs_trace_line_t line;
    kvs_trace_begin(trace, &line, "call");
    kvs_trace_u64(&line, "link", link);
    kvs_trace_text(&line, "api", api);
    kvs_trace_u64(&line, "status", status);
    kvs_trace_text(&line, "error", error);
    kvs_trace_u64(&line, "took_ms", took_ms);
    kvs_trace_end(trace, &line);
}

/* A wait before the next attempt. */
static inline void kvs_trace_retry(kvs_trace_t *trace, uint32_t attempt, uint64_t wait_ms,
                                   uint64_t base_ms, const char *why) {
    kvs_trace_line_t line;
    kvs_trace_begin(trace, &line, "retry");
    kvs_trace_u64(&line, "attempt", attempt);
    kvs_trace_u64(&line, "wait_ms", wait_ms);
    kvs_trace_u64(&line, "base_ms", base_ms);
    kvs_trace_text(&line, "why", why);
    kvs_trace_end(trace, &line);
}

/* The WebSocket is open: messages flow. */
static inline void kvs_trace_connected(kvs_trace_t *trace, uint32_t link, uint32_t attempt) {
    kvs_trace_line_t line;
    kvs_trace_begin(trace, &line, "connected");
    kvs_trace_u64(&line, "link", link);
    kvs_trace_u64(&line, "attempt", attempt);
    kvs_trace_end(trace, &line);
}

/* A message was delivered to the application. `type`: SDP_OFFER, SDP_ANSWER, ICE_CANDIDATE.
 * `size`: bytes of the decoded payload; `sha`: first 16 hex digits of its SHA-256. */
static inline void kvs_trace_in(kvs_trace_t *trace, uint32_t link, const char *from,
                                const char *type, uint32_t size, const char *sha) {
    kvs_trace_line_t line;
    kvs_trace_begin(trace, &line, "in");
    kvs_trace_u64(&line, "link", link);
    kvs_trace_text(&line, "from", from);
    kvs_trace_text(&line, "type", type);
    kvs_trace_u64(&line, "size", size);
    kvs_trace_text(&line, "sha", sha);
    kvs_trace_end(trace, &line);
}

/* The application handed over a message to send. `ticket`: a number of its own. */
static inline void kvs_trace_out(kvs_trace_t *trace, uint32_t ticket, const char *to,
                                 const char *type, uint32_t size, const char *sha) {
    kvs_trace_line_t line;
    kvs_trace_begin(trace, &line, "out");
    kvs_trace_u64(&line, "ticket", ticket);
    kvs_trace_text(&line, "to", to);
    kvs_trace_text(&line, "type", type);
    kvs_trace_u64(&line, "size", size);
    kvs_trace_text(&line, "sha", sha);
    kvs_trace_end(trace, &line);
}

/* GO_AWAY arrived. */
static inline void kvs_trace_go_away(kvs_trace_t *trace, uint32_t link) {
    kvs_trace_line_t line;
    kvs_trace_begin(trace, &line, "go_away");
    kvs_trace_u64(&line, "link", link);
    kvs_trace_end(trace, &line);
}

/* RECONNECT_ICE_SERVER arrived. */
static inline void kvs_trace_reconnect_ice(kvs_trace_t *trace, uint32_t link) {
    kvs_trace_line_t line;
    kvs_trace_begin(trace, &line, "reconnect_ice");
    kvs_trace_u64(&line, "link", link);
    kvs_trace_end(trace, &line);
}

/* A fresh ICE server list was taken over. */
static inline void kvs_trace_ice(kvs_trace_t *trace, uint32_t servers, uint32_t ttl_s) {
    kvs_trace_line_t line;
    kvs_trace_begin(trace, &line, "ice");
    kvs_trace_u64(&line, "servers", servers);
    kvs_trace_u64(&line, "ttl_s", ttl_s);
    kvs_trace_end(trace, &line);
}

/* One measurement, its unit last in the name: heap_bytes, heap_peak_bytes, stack_peak_bytes. */
static inline void kvs_trace_gauge(kvs_trace_t *trace, const char *name, uint64_t value) {
    kvs_trace_line_t line;
    kvs_trace_begin(trace, &line, "gauge");
    kvs_trace_text(&line, "name", name);
    kvs_trace_u64(&line, "value", value);
    kvs_trace_end(trace, &line);
}

/* Last words before a reset. */
static inline void kvs_trace_panic(kvs_trace_t *trace, const char *text) {
    kvs_trace_line_t line;
    kvs_trace_begin(trace, &line, "panic");
    kvs_trace_text(&line, "text", text);
    kvs_trace_end(trace, &line);
}

#ifdef __cplusplus
}
#endif

#endif /* KVS_TRACE_H */
