#ifndef STAND_IN_ESP_RANDOM_H
#define STAND_IN_ESP_RANDOM_H
#include <stddef.h>
void esp_fill_random(void *bytes, size_t len);
#endif
