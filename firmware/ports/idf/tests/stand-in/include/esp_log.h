#ifndef STAND_IN_ESP_LOG_H
#define STAND_IN_ESP_LOG_H

#include <stdio.h>

#include "esp_err.h"

#define STAND_IN_LOG(level, tag, format, ...) printf(level " (%s) " format "\n", tag, ##__VA_ARGS__)
#define ESP_LOGE(tag, format, ...) STAND_IN_LOG("E", tag, format, ##__VA_ARGS__)
#define ESP_LOGW(tag, format, ...) STAND_IN_LOG("W", tag, format, ##__VA_ARGS__)
#define ESP_LOGI(tag, format, ...) STAND_IN_LOG("I", tag, format, ##__VA_ARGS__)
#define ESP_LOGD(tag, format, ...) ((void)(tag))

#endif
