#ifndef STAND_IN_ESP_VFS_EVENTFD_H
#define STAND_IN_ESP_VFS_EVENTFD_H

#include <stddef.h>
#include <sys/eventfd.h>

#include "esp_err.h"

typedef struct {
    size_t max_fds;
} esp_vfs_eventfd_config_t;

#define ESP_VFS_EVENTD_CONFIG_DEFAULT() {.max_fds = 5}

/* ESP_ERR_INVALID_STATE from the second time on. */
esp_err_t esp_vfs_eventfd_register(const esp_vfs_eventfd_config_t *config);

#endif
