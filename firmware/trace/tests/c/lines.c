/* Prints one line of every event, then one `panic` for each value on stdin (four digits of length, then the bytes). */
#include "kvs_trace.h"

#include <stdio.h>
#include <string.h>

static int locked;

static void write_line(void *context, const char *line, size_t len) {
    fwrite(line, 1, len, (FILE *)context);
}

static uint64_t now_ms(void *context) {
    (void)context;
    return 1250;
}

static void lock(void *context) {
    (void)context;
    locked++;
}

static void unlock(void *context) {
    (void)context;
    locked--;
}

static int values(kvs_trace_t *trace) {
    char value[4096];
    char head[5] = {0};
    while (fread(head, 1, 4, stdin) == 4) {
        size_t len = 0;
        for (const char *digit = head; *digit != '\0'; digit++) {
            len = 10 * len + (size_t)(*digit - '0');
        }
        if (len > sizeof(value) || fread(value, 1, len, stdin) != len) {
            return 1;
        }
        kvs_trace_line_t line;
        kvs_trace_begin(trace, &line, "panic");
        kvs_trace_bytes(&line, "text", value, len);
        kvs_trace_u64(&line, "after", len);
        kvs_trace_end(trace, &line);
    }
    return 0;
}

int main(void) {
    kvs_trace_t trace = KVS_TRACE_INIT(write_line, now_ms, stdout);
    trace.lock = lock;
    trace.unlock = unlock;
    kvs_trace_hello(&trace, "0123456789abcdef", "my camera", "power", "a0:76:4e:12:34:56");
    kvs_trace_state(&trace, "IDLE", "CONNECTED", "a=b");
    kvs_trace_open(&trace, 1, "wss", "m-1.kinesisvideo.us-west-2.amazonaws.com", 443, 0);
    kvs_trace_up(&trace, 1, "wss", UINT64_MAX);
    kvs_trace_closed(&trace, 1, "wss", NULL);
    kvs_trace_call(&trace, 2, "describe", 403, "AccessDeniedException", 17);
    kvs_trace_retry(&trace, 3, 912, 800, "reset");
    kvs_trace_connected(&trace, 2, 1);
    kvs_trace_in(&trace, 2, "viewer*1", "SDP_OFFER", 900, "0011223344556677");
    kvs_trace_out(&trace, 1, "viewer%1", "SDP_ANSWER", 901, "8899aabbccddeeff");
    kvs_trace_go_away(&trace, 2);
    kvs_trace_reconnect_ice(&trace, UINT32_MAX);
    kvs_trace_ice(&trace, 3, 300);
    kvs_trace_gauge(&trace, "heap_bytes", 0);
    kvs_trace_panic(&trace, "abort() was called\r\nat PC 0x42008a1c");
    kvs_trace_line_t line;
    kvs_trace_begin(&trace, &line, "clock");
    kvs_trace_i64(&line, "offset_ms", INT64_MIN);
    kvs_trace_end(&trace, &line);
    return values(&trace) != 0 || locked != 0;
}
