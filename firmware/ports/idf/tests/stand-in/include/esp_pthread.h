#ifndef STAND_IN_ESP_PTHREAD_H
#define STAND_IN_ESP_PTHREAD_H

#include <stdbool.h>
#include <stddef.h>

#include "esp_err.h"

/* Not in ESP-IDF's order: nobody may depend on it. */
typedef struct {
    const char *thread_name;
    bool inherit_cfg;
    size_t prio;
    int pin_to_core;
    size_t stack_size;
} esp_pthread_cfg_t;

esp_pthread_cfg_t esp_pthread_get_default_config(void);
esp_err_t esp_pthread_set_cfg(const esp_pthread_cfg_t *config);
esp_err_t esp_pthread_get_cfg(esp_pthread_cfg_t *config);

#endif
