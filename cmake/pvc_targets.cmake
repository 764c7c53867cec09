# SPDX-License-Identifier: Apache-2.0
# The five kinds of target. Each names its sources one by one, so that a file nobody builds is noticed (tools/tidy.py).
set(PVC_PRODUCT_FLAGS -fno-exceptions -fno-rtti)
set(PVC_PRODUCT_DEFINITIONS SPDLOG_NO_EXCEPTIONS JSON_NOEXCEPTION TOML_EXCEPTIONS=0 TOML_HEADER_ONLY=1)

# pvc_library(NAME sources… [DEPENDS targets…] [PRIVATE targets…])
function(pvc_library name)
  cmake_parse_arguments(ARG "" "" "DEPENDS;PRIVATE" ${ARGN})
  add_library(${name} STATIC ${ARG_UNPARSED_ARGUMENTS})
  target_include_directories(${name} PUBLIC ${PROJECT_SOURCE_DIR})
  target_compile_options(${name} PRIVATE ${PVC_PRODUCT_FLAGS})
  target_compile_definitions(${name} PRIVATE ${PVC_PRODUCT_DEFINITIONS})
  target_link_libraries(${name} PUBLIC ${ARG_DEPENDS} PRIVATE ${ARG_PRIVATE})
endfunction()

# pvc_program(NAME sources… DEPENDS targets…): a program under tools/.
function(pvc_program name)
  cmake_parse_arguments(ARG "" "" "DEPENDS" ${ARGN})
  add_executable(${name} ${ARG_UNPARSED_ARGUMENTS})
  target_link_libraries(${name} PRIVATE ${ARG_DEPENDS})
endfunction()

# pvc_test(NAME sources… DEPENDS targets… [LABELS labels…] [TIMEOUT seconds]): one GoogleTest binary, each case a CTest test of its own.
function(pvc_test name)
  cmake_parse_arguments(ARG "" "TIMEOUT" "DEPENDS;LABELS" ${ARGN})
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 120)
  endif()
  add_executable(${name} ${ARG_UNPARSED_ARGUMENTS})
  target_link_libraries(${name} PRIVATE ${ARG_DEPENDS} GTest::gmock GTest::gtest_main)
  target_compile_definitions(${name} PRIVATE PVC_SOURCE_DIR="${PROJECT_SOURCE_DIR}" PVC_BIN_DIR="${CMAKE_RUNTIME_OUTPUT_DIRECTORY}")
  include(GoogleTest)
  gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 60 PROPERTIES TIMEOUT ${ARG_TIMEOUT} LABELS "${ARG_LABELS}")
endfunction()

# pvc_fuzz(NAME source DEPENDS targets…): fuzz_NAME. With PVC_LIBFUZZER it fuzzes; otherwise it replays fuzz/corpus/NAME and
# fuzz/regress/NAME as the CTest test fuzz.NAME.
function(pvc_fuzz name source)
  cmake_parse_arguments(ARG "" "" "DEPENDS" ${ARGN})
  add_executable(fuzz_${name} ${source})
  target_link_libraries(fuzz_${name} PRIVATE ${ARG_DEPENDS})
  if(PVC_LIBFUZZER)
    target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
  else()
    target_link_libraries(fuzz_${name} PRIVATE pvc_fuzz_main)
    if(PVC_BUILD_TESTS)
      add_test(NAME fuzz.${name} COMMAND fuzz_${name} ${PROJECT_SOURCE_DIR}/fuzz/corpus/${name} ${PROJECT_SOURCE_DIR}/fuzz/regress/${name})
      set_tests_properties(fuzz.${name} PROPERTIES TIMEOUT 120 LABELS fuzz)
    endif()
  endif()
endfunction()

# pvc_bench(NAME sources… DEPENDS targets…): a Google Benchmark binary; its smoke run is the CTest test bench.NAME.
function(pvc_bench name)
  cmake_parse_arguments(ARG "" "" "DEPENDS" ${ARGN})
  add_executable(${name} ${ARG_UNPARSED_ARGUMENTS})
  target_link_libraries(${name} PRIVATE ${ARG_DEPENDS} benchmark::benchmark benchmark::benchmark_main)
  if(PVC_BUILD_TESTS)
    add_test(NAME bench.${name} COMMAND ${name} --benchmark_min_time=0.001)
    set_tests_properties(bench.${name} PROPERTIES TIMEOUT 120 LABELS bench)
  endif()
endfunction()
