/* The default event loop, a thread with a queue as ESP-IDF's is; and FreeRTOS's queues, which it is made of. */
#include "esp_event.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <time.h>

#include "freertos/queue.h"

struct stand_in_queue {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    UBaseType_t length, size, count, first;
    char *items;
};

QueueHandle_t xQueueCreate(UBaseType_t length, UBaseType_t size)
{
    QueueHandle_t queue = calloc(1, sizeof *queue);
    pthread_mutex_init(&queue->lock, NULL);
    pthread_cond_init(&queue->changed, NULL);
    queue->length = length;
    queue->size = size;
    queue->items = calloc(length, size);
    return queue;
}

/* Waits until there are not `count` items; false when the time is up. */
static int wait_while(QueueHandle_t queue, UBaseType_t count, TickType_t wait)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += wait / 1000;
    until.tv_nsec += (long)(wait % 1000) * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    while (queue->count == count) {
        if (wait == portMAX_DELAY) {
            pthread_cond_wait(&queue->changed, &queue->lock);
        } else if (pthread_cond_timedwait(&queue->changed, &queue->lock, &until) == ETIMEDOUT) {
            return 0;
        }
    }
    return 1;
}

BaseType_t xQueueSend(QueueHandle_t queue, const void *item, TickType_t wait)
{
    pthread_mutex_lock(&queue->lock);
    int room = wait_while(queue, queue->length, wait);
    if (room) {
        UBaseType_t at = (queue->first + queue->count++) % queue->length;
        memcpy(queue->items + (size_t)at * queue->size, item, queue->size);
        pthread_cond_broadcast(&queue->changed);
    }
    pthread_mutex_unlock(&queue->lock);
    return room ? pdTRUE : pdFALSE;
}

BaseType_t xQueueReceive(QueueHandle_t queue, void *item, TickType_t wait)
{
    pthread_mutex_lock(&queue->lock);
    int there = wait_while(queue, 0, wait);
    if (there) {
        memcpy(item, queue->items + (size_t)queue->first * queue->size, queue->size);
        queue->first = (queue->first + 1) % queue->length;
        queue->count--;
        pthread_cond_broadcast(&queue->changed);
    }
    pthread_mutex_unlock(&queue->lock);
    return there ? pdTRUE : pdFALSE;
}

struct event {
    esp_event_base_t base;
    int32_t id;
    void *data;
};

#define HANDLERS 8

static QueueHandle_t loop;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct {
    esp_event_base_t base;
    int32_t id;
    esp_event_handler_t call;
    void *argument;
} handlers[HANDLERS];

static void *run(void *unused)
{
    (void)unused;
    for (struct event event; xQueueReceive(loop, &event, portMAX_DELAY);) {
        for (int at = 0; at < HANDLERS; at++) {
            pthread_mutex_lock(&lock);
            int wanted = handlers[at].call != NULL && handlers[at].base == event.base &&
                         (handlers[at].id == event.id || handlers[at].id == ESP_EVENT_ANY_ID);
            pthread_mutex_unlock(&lock);
            if (wanted) {
                handlers[at].call(handlers[at].argument, event.base, event.id, event.data);
            }
        }
        free(event.data);
    }
    return NULL;
}

esp_err_t esp_event_loop_create_default(void)
{
    if (loop != NULL) {
        return ESP_ERR_INVALID_STATE;
    }
    loop = xQueueCreate(32, sizeof(struct event));
    pthread_t thread;
    int failed = pthread_create(&thread, NULL, run, NULL);
    return failed || pthread_detach(thread) ? ESP_FAIL : ESP_OK;
}

esp_err_t esp_event_handler_register(esp_event_base_t base, int32_t id, esp_event_handler_t handler, void *argument)
{
    esp_err_t result = loop == NULL ? ESP_ERR_INVALID_STATE : ESP_ERR_NO_MEM;
    pthread_mutex_lock(&lock);
    for (int at = 0; at < HANDLERS && result == ESP_ERR_NO_MEM; at++) {
        if (handlers[at].call == NULL) {
            handlers[at].base = base;
            handlers[at].id = id;
            handlers[at].call = handler;
            handlers[at].argument = argument;
            result = ESP_OK;
        }
    }
    pthread_mutex_unlock(&lock);
    return result;
}

esp_err_t esp_event_post(esp_event_base_t base, int32_t id, const void *data, size_t len, TickType_t wait)
{
    if (loop == NULL) {
        return ESP_ERR_INVALID_STATE;
    }
    struct event event = {.base = base, .id = id, .data = malloc(len)};
    memcpy(event.data, data, len);
    if (!xQueueSend(loop, &event, wait)) {
        free(event.data);
        return ESP_ERR_TIMEOUT;
    }
    return ESP_OK;
}
