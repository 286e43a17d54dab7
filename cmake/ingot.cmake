# How modules and tests are declared. A module names its sources, the modules it may include (DEPS, direct and never
# inherited: tools/check_layers.py holds every #include against them) and the libraries that stay inside it (LINK).
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

find_program(INGOT_CCACHE ccache)
if(INGOT_CCACHE)
  set(CMAKE_C_COMPILER_LAUNCHER ${INGOT_CCACHE})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${INGOT_CCACHE})
endif()
find_package(Python3 REQUIRED COMPONENTS Interpreter)
find_package(Threads REQUIRED)

add_library(ingot_flags INTERFACE)
target_include_directories(ingot_flags INTERFACE ${CMAKE_SOURCE_DIR} ${CMAKE_BINARY_DIR}/generated)
target_compile_options(ingot_flags INTERFACE -Wall -Wextra -Wno-missing-field-initializers -ffp-contract=off
  $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict> $<$<BOOL:${INGOT_WARNINGS_AS_ERRORS}>:-Werror>)
if(INGOT_SANITIZE)
  target_compile_options(ingot_flags INTERFACE -fsanitize=${INGOT_SANITIZE} -fno-omit-frame-pointer)
  if(NOT INGOT_SANITIZE STREQUAL "thread")
    target_compile_options(ingot_flags INTERFACE -fno-sanitize-recover=all)
  endif()
  target_link_options(ingot_flags INTERFACE -fsanitize=${INGOT_SANITIZE})
endif()
if(INGOT_FUZZ)
  target_compile_options(ingot_flags INTERFACE -fsanitize=fuzzer-no-link)
  target_link_options(ingot_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()

# Links a program so that it runs on another Linux with nothing installed but glibc.
function(ingot_link_portably target)
  if(INGOT_SANITIZE)
    return()  # hidden symbols would keep the sanitizer's malloc from the C++ library
  endif()
  target_link_options(${target} PRIVATE -static-libstdc++ -static-libgcc
    -Wl,--gc-sections -Wl,--as-needed -Wl,--exclude-libs,ALL)
endfunction()

# ingot_module(NAME profile SOURCES profile/yaml.cc ... DEPS base kernels LINK yaml-cpp)
function(ingot_module)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "NAME" "SOURCES;DEPS;LINK")
  add_library(ingot_${arg_NAME} STATIC ${arg_SOURCES})
  target_link_libraries(ingot_${arg_NAME} PUBLIC ingot_flags Threads::Threads)
  foreach(dep IN LISTS arg_DEPS)
    if(NOT TARGET ingot_${dep})
      message(FATAL_ERROR "module ${arg_NAME}: dependency (${dep}) is not a module declared above it")
    endif()
    target_link_libraries(ingot_${arg_NAME} PUBLIC ingot_${dep})
  endforeach()
  foreach(library IN LISTS arg_LINK)
    target_link_libraries(ingot_${arg_NAME} PRIVATE ${library})
  endforeach()
endfunction()

# ingot_embed(TARGET ingot_model NAME specs FOLDER specs PATTERN *.json): compiles every matching file of a folder into
# the target as `ingot::embedded::NAME()`, a list of (file name, text), declared in <generated>/embedded/NAME.h. With
# RECURSE also those of the folders below it, whose names are part of the file's.
function(ingot_embed)
  cmake_parse_arguments(PARSE_ARGV 0 arg "RECURSE" "TARGET;NAME;FOLDER;PATTERN" "")
  set(glob GLOB)
  if(arg_RECURSE)
    set(glob GLOB_RECURSE)
  endif()
  file(${glob} files CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${arg_FOLDER}/${arg_PATTERN})
  set(out ${CMAKE_BINARY_DIR}/generated/embedded/${arg_NAME})
  add_custom_command(OUTPUT ${out}.cc ${out}.h
    COMMAND ${Python3_EXECUTABLE} ${CMAKE_SOURCE_DIR}/tools/embed.py --name ${arg_NAME} --out ${out}
      --folder ${CMAKE_SOURCE_DIR}/${arg_FOLDER} ${files}
    DEPENDS ${files} ${CMAKE_SOURCE_DIR}/tools/embed.py VERBATIM)
  target_sources(${arg_TARGET} PRIVATE ${out}.cc)
endfunction()

# ingot_test(NAME text_test SOURCES base/text_test.cc DEPS base LABEL unit): one GoogleTest binary, each case registered
# on its own. LABEL says what it needs: unit, lit, gpu, model or slow. ENVIRONMENT is one NAME=VALUE for every case.
function(ingot_test)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "NAME;LABEL;ENVIRONMENT" "SOURCES;DEPS;LINK")
  add_executable(${arg_NAME} ${arg_SOURCES})
  target_compile_definitions(${arg_NAME} PRIVATE INGOT_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
  target_link_libraries(${arg_NAME} PRIVATE ingot_flags GTest::gtest_main GTest::gmock ${arg_LINK})
  foreach(dep IN LISTS arg_DEPS)
    target_link_libraries(${arg_NAME} PRIVATE ingot_${dep})
  endforeach()
  gtest_discover_tests(${arg_NAME} PROPERTIES LABELS ${arg_LABEL} ENVIRONMENT "${arg_ENVIRONMENT}"
    DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 60)
endfunction()

# ingot_fuzzer(NAME gguf SOURCES fuzz/gguf_fuzz.cc DEPS model)
function(ingot_fuzzer)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "NAME" "SOURCES;DEPS")
  if(NOT INGOT_FUZZ)
    return()
  endif()
  add_executable(fuzz_${arg_NAME} ${arg_SOURCES})
  target_link_options(fuzz_${arg_NAME} PRIVATE -fsanitize=fuzzer)
  target_link_libraries(fuzz_${arg_NAME} PRIVATE ingot_flags)
  foreach(dep IN LISTS arg_DEPS)
    target_link_libraries(fuzz_${arg_NAME} PRIVATE ingot_${dep})
  endforeach()
endfunction()
