/* Starts a mock-kvs that ends with this process, and describes its channel, signed by libcurl. */
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static char ready[65536];

/* A text of the ready file, which is flat JSON with one member a line. */
static const char *member(const char *name) {
    char key[64];
    snprintf(key, sizeof key, "\n  \"%s\": \"", name);
    char *at = strstr(ready, key);
    if (at == NULL) { fprintf(stderr, "no %s in the ready file\n", name); exit(1); }
    char *text = strdup(at + strlen(key));
    *strchr(text, '"') = '\0';
    return text;
}

static pid_t start_mock(void) {
    char folder[] = "/tmp/mock-kvs-XXXXXX", file[64], parent[16];
    if (mkdtemp(folder) == NULL) { perror(folder); exit(1); }
    snprintf(file, sizeof file, "%s/ready.json", folder);
    snprintf(parent, sizeof parent, "%d", getpid());
    const char *program = getenv("MOCK_KVS") ? getenv("MOCK_KVS") : "mock-kvs";
    pid_t mock = fork();
    if (mock == 0) {
        execlp(program, program, "--listen", "127.0.0.1:0", "--no-admin", "--ca-dir", folder,
               "--ready-file", file, "--parent-pid", parent, (char *)NULL);
        perror(program);
        _exit(1);
    }
    FILE *opened;
    while ((opened = fopen(file, "r")) == NULL) { /* written as a whole, once everything listens */
        if (waitpid(mock, NULL, WNOHANG) != 0) exit(1);
        usleep(10000);
    }
    ready[fread(ready, 1, sizeof ready - 1, opened)] = '\0';
    fclose(opened);
    return mock;
}

int main(void) {
    start_mock();
    char url[256], keys[256], error[CURL_ERROR_SIZE] = "";
    snprintf(url, sizeof url, "%s/describeSignalingChannel", member("url"));
    snprintf(keys, sizeof keys, "%s:%s", member("access_key_id"), member("secret_access_key"));
    CURL *call = curl_easy_init();
    curl_easy_setopt(call, CURLOPT_URL, url);
    curl_easy_setopt(call, CURLOPT_CAINFO, member("ca_file"));
    curl_easy_setopt(call, CURLOPT_AWS_SIGV4, "aws:amz:us-west-2:kinesisvideo");
    curl_easy_setopt(call, CURLOPT_USERPWD, keys);
    curl_easy_setopt(call, CURLOPT_POSTFIELDS, "{\"ChannelName\": \"demo\"}");
    curl_easy_setopt(call, CURLOPT_FAILONERROR, 1L);
    curl_easy_setopt(call, CURLOPT_ERRORBUFFER, error);
    if (curl_easy_perform(call) != CURLE_OK) fprintf(stderr, "%s\n", error);
    return error[0] != '\0';
}
