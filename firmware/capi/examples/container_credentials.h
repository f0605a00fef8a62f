/*
 * Credentials from a container's agent (AWS_CONTAINER_CREDENTIALS_FULL_URI, plain HTTP): a provider that a program
 * writes itself. All that the client asks of one is its first member; it is asked again before what it gave ends, and
 * when the service has refused it.
 */
#ifndef CONTAINER_CREDENTIALS_H
#define CONTAINER_CREDENTIALS_H

#include <com/amazonaws/kinesis/video/webrtcclient/Include.h>
#include <netdb.h>
#include <stdio.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

typedef struct {
    AwsCredentialProvider provider;
    const char* url;
    PAwsCredentials credentials;
} ContainerCredentials;

/* One GET, answered and closed; the length of the answer, 0 for none. */
static size_t container_get(const char* url, char* answer, size_t room)
{
    char host[256], port[6] = "80", path[512] = "/", request[1024];
    struct addrinfo hints, *address = NULL;
    size_t length = 0;
    ssize_t got = 0;
    int sent, connection;

    if (sscanf(url, "http://%255[^:/]:%5[0-9]%511s", host, port, path) < 1) {
        return 0;
    }
    memset(&hints, 0, sizeof(hints));
    hints.ai_socktype = SOCK_STREAM;
    if (getaddrinfo(host, port, &hints, &address) != 0) {
        return 0;
    }
    connection = socket(address->ai_family, address->ai_socktype, address->ai_protocol);
    sent = snprintf(request, sizeof(request), "GET %s HTTP/1.0\r\nHost: %s:%s\r\n\r\n", path, host, port);
    if (connection >= 0 && connect(connection, address->ai_addr, address->ai_addrlen) == 0 &&
        write(connection, request, (size_t) sent) == sent) {
        while (length < room - 1 && (got = read(connection, answer + length, room - 1 - length)) > 0) {
            length += (size_t) got;
        }
    }
    answer[length] = 0;
    freeaddrinfo(address);
    if (connection >= 0) {
        close(connection);
    }
    return got < 0 ? 0 : length;
}

/* The text of a member of the agent's one flat object; in keys and dates there is nothing to unescape. */
static BOOL container_text(const char* answer, const char* name, char* text, size_t room)
{
    char key[64];
    const char *from, *to;

    snprintf(key, sizeof(key), "\"%s\":\"", name);
    from = strstr(answer, key);
    from = from == NULL ? NULL : from + strlen(key);
    to = from == NULL ? NULL : strchr(from, '"');
    if (to == NULL || (size_t) (to - from) >= room) {
        return FALSE;
    }
    memcpy(text, from, (size_t) (to - from));
    text[to - from] = 0;
    return TRUE;
}

static STATUS container_credentials(PAwsCredentialProvider provider, PAwsCredentials* given)
{
    ContainerCredentials* container = (ContainerCredentials*) provider;
    char answer[8192], key[MAX_ACCESS_KEY_LEN + 1], secret[MAX_SECRET_KEY_LEN + 1], token[MAX_SESSION_TOKEN_LEN + 1];
    char expires[MAX_EXPIRATION_LEN + 1];
    struct tm at;
    STATUS status;

    memset(&at, 0, sizeof(at));
    if (container_get(container->url, answer, sizeof(answer)) == 0 ||
        !container_text(answer, "AccessKeyId", key, sizeof(key)) ||
        !container_text(answer, "SecretAccessKey", secret, sizeof(secret)) ||
        !container_text(answer, "Token", token, sizeof(token)) ||
        !container_text(answer, "Expiration", expires, sizeof(expires)) ||
        sscanf(expires, "%d-%d-%dT%d:%d:%d", &at.tm_year, &at.tm_mon, &at.tm_mday, &at.tm_hour, &at.tm_min, &at.tm_sec) != 6) {
        return STATUS_INVALID_API_CALL_RETURN_JSON;
    }
    at.tm_year -= 1900;
    at.tm_mon -= 1;
    freeAwsCredentials(&container->credentials);
    status = createAwsCredentials(key, 0, secret, 0, token, 0, (UINT64) timegm(&at) * HUNDREDS_OF_NANOS_IN_A_SECOND,
                                  &container->credentials);
    *given = container->credentials;
    return status;
}

/* The provider; `container` lives as long as the client. */
static PAwsCredentialProvider container_provider(ContainerCredentials* container, const char* url)
{
    container->provider.getCredentialsFn = container_credentials;
    container->url = url;
    container->credentials = NULL;
    return &container->provider;
}

#endif
