# WebGPU: headers to compile with. The library beside them is opened at run time and never linked. They are fetched once;
# where that fails, the build goes on without the device `webgpu`.
set(INGOT_WEBGPU_DIR ${CMAKE_SOURCE_DIR}/build/webgpu CACHE PATH "Folder of webgpu.h, wgpu.h and the library")
if(NOT EXISTS ${INGOT_WEBGPU_DIR}/wgpu.h)
  execute_process(COMMAND ${Python3_EXECUTABLE} ${CMAKE_SOURCE_DIR}/tools/get_webgpu.py --out ${INGOT_WEBGPU_DIR})
endif()
if(EXISTS ${INGOT_WEBGPU_DIR}/wgpu.h)
  set(INGOT_WEBGPU_SOURCES
    runtime/webgpu/adapter.cc
    runtime/webgpu/api.cc
    runtime/webgpu/commands.cc
    runtime/webgpu/context.cc
    runtime/webgpu/device.cc
    runtime/webgpu/memory.cc
    runtime/webgpu/native.cc
    runtime/webgpu/pipeline.cc
    runtime/webgpu/upload.cc)
else()
  message(WARNING "no WebGPU headers in (${INGOT_WEBGPU_DIR}): the device webgpu is left out")
  set(INGOT_WEBGPU_SOURCES runtime/webgpu/absent.cc)
endif()
