#ifndef STAND_IN_FREERTOS_QUEUE_H
#define STAND_IN_FREERTOS_QUEUE_H

#include "freertos/FreeRTOS.h"

typedef struct stand_in_queue *QueueHandle_t;

QueueHandle_t xQueueCreate(UBaseType_t length, UBaseType_t size);
BaseType_t xQueueSend(QueueHandle_t queue, const void *item, TickType_t wait);
BaseType_t xQueueReceive(QueueHandle_t queue, void *item, TickType_t wait);

#endif
