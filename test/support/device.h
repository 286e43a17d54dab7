// The device that tests of whole models run on, as ctest names it: INGOT_TEST_DEVICE is its kind
// (unset: cpu), INGOT_TEST_HIDE the features that it does without, joined by commas.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <memory>
#include <string>

#include "test/support/need.h"

#include "ingot/base/text.h"
#include "ingot/runtime/device.h"

namespace ingot::test {

inline runtime::DeviceOptions DeviceOptionsUnderTest(uint64_t max_binding_bytes = UINT64_MAX) {
  const char* kind = std::getenv("INGOT_TEST_DEVICE");
  runtime::DeviceOptions options{
      .kind = kind == nullptr ? "cpu" : kind, .threads = 1, .max_binding_bytes = max_binding_bytes};
  const char* hidden = std::getenv("INGOT_TEST_HIDE");
  if (hidden == nullptr) return options;
  for (const std::string_view feature : Split(hidden, ',')) {
    options.hide_features.emplace_back(feature);
  }
  return options;
}

// Whether all is asked for that takes long (INGOT_CONFORMANCE=whole).
inline bool IsWholeRun() {
  const char* value = std::getenv("INGOT_CONFORMANCE");
  return value != nullptr && std::string(value) == "whole";
}

// The GPU that there is.
inline Result<std::unique_ptr<runtime::Device>> OpenGpu() {
  runtime::DeviceOptions options = DeviceOptionsUnderTest();
  options.kind = "webgpu";
  return runtime::Open(options);
}

}  // namespace ingot::test

// Opens the device under test into `device`, a std::unique_ptr<runtime::Device>; ends the test
// where there is none. What follows are arguments of DeviceOptionsUnderTest.
#define INGOT_OPEN_DEVICE(device, ...)                                                            \
  auto ingot_opened = ::ingot::runtime::Open(::ingot::test::DeviceOptionsUnderTest(__VA_ARGS__)); \
  INGOT_NEED("gpu", ingot_opened.ok(), ingot_opened.status().message());                          \
  device = std::move(*ingot_opened)
