/* What the test programs share: checks that say what failed, and words to the harness. */
#include <com/amazonaws/kinesis/video/webrtcclient/Include.h>
#include <stdio.h>

#define CHECK(what)                                                                                                    \
    do {                                                                                                               \
        if (!(what)) {                                                                                                 \
            printf("FAILED line %d: %s\n", __LINE__, #what);                                                           \
            fflush(stdout);                                                                                            \
            exit(1);                                                                                                   \
        }                                                                                                              \
    } while (0)
#define IS(call, expected)                                                                                             \
    do {                                                                                                               \
        STATUS got_ = (call);                                                                                          \
        if (got_ != (STATUS) (expected)) {                                                                             \
            printf("FAILED line %d: %s is 0x%08x\n", __LINE__, #call, got_);                                           \
            fflush(stdout);                                                                                            \
            exit(1);                                                                                                   \
        }                                                                                                              \
    } while (0)

/* Asks the harness for something, and waits until it is done. */
static inline void ask(const char* word)
{
    char line[64];
    printf("?%s\n", word);
    fflush(stdout);
    CHECK(fgets(line, sizeof line, stdin) != NULL);
}
