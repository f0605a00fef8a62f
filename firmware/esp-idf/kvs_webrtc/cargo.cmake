# Builds the library for the chip of this project: needs a Rust toolchain with `rust-src`. For the Xtensa chips it must be
# Espressif's (espup installs it as `esp`); for the others any from 1.95 on does. KVS_WEBRTC_TOOLCHAIN names another.
function(kvs_webrtc_build library)
    if(IDF_TARGET STREQUAL "esp32")
        set(triple xtensa-esp32-espidf)
    elseif(IDF_TARGET STREQUAL "esp32s2")
        set(triple xtensa-esp32s2-espidf)
    elseif(IDF_TARGET STREQUAL "esp32s3")
        set(triple xtensa-esp32s3-espidf)
    elseif(IDF_TARGET STREQUAL "esp32c2" OR IDF_TARGET STREQUAL "esp32c3")
        set(triple riscv32imc-esp-espidf)
    elseif(IDF_TARGET STREQUAL "esp32p4")
        set(triple riscv32imafc-esp-espidf)
    else()
        set(triple riscv32imac-esp-espidf)
    endif()
    if(DEFINED ENV{KVS_WEBRTC_TOOLCHAIN})
        set(toolchain "+$ENV{KVS_WEBRTC_TOOLCHAIN}")
    elseif(triple MATCHES "^xtensa")
        set(toolchain "+esp")
    else()
        set(toolchain "")
    endif()
    set(features idf,credential-providers,global-init)
    if(CONFIG_KVS_WEBRTC_SMALL_MESSAGES)
        string(APPEND features ",small-messages")
    endif()
    set(target_dir "${CMAKE_BINARY_DIR}/kvs_capi")
    set(made "${target_dir}/${triple}/release/libkvs_capi.a")
    # Cargo knows best what has changed, so it is always asked.
    add_custom_target(kvs_capi_build
        COMMAND ${CMAKE_COMMAND} -E env --unset=RUSTC
            RUSTC_BOOTSTRAP=1 "RUSTFLAGS=--cfg espidf_time64"
            CARGO_PROFILE_RELEASE_OPT_LEVEL=z CARGO_PROFILE_RELEASE_LTO=fat CARGO_PROFILE_RELEASE_CODEGEN_UNITS=1
            CARGO_PROFILE_RELEASE_PANIC=abort CARGO_PROFILE_RELEASE_DEBUG=none
            cargo ${toolchain} rustc --release --locked --target ${triple} --target-dir "${target_dir}"
            -p kvs-capi --lib --crate-type staticlib --no-default-features --features ${features}
            -Zbuild-std=std,panic_abort -Zbuild-std-features=optimize_for_size
        WORKING_DIRECTORY "${repository}"
        BYPRODUCTS "${made}"
        VERBATIM)
    set(${library} "${made}" PARENT_SCOPE)
endfunction()
