# SPDX-License-Identifier: Apache-2.0
# Language level, warnings, sanitizers and the two sets of flags: product code has neither exceptions nor RTTI; programs under tools/, tests,
# fuzz targets and benchmarks have both, because CLI11 and GoogleTest want them.
set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release)
endif()

add_compile_options(-Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wnon-virtual-dtor -Werror -fno-omit-frame-pointer)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # gcc 12 reports impossible overflows and uninitialised reads inside its own optional, vector and expected when it optimises.
  add_compile_options(-Wno-maybe-uninitialized -Wno-stringop-overflow -Wno-stringop-overread -Wno-array-bounds -Wno-restrict)
endif()
if(PVC_SANITIZE)
  # Product code has no RTTI, so the check of virtual calls cannot know its classes.
  add_compile_options(-fsanitize=${PVC_SANITIZE} -fno-sanitize=vptr -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${PVC_SANITIZE})
  add_compile_definitions(PVC_SANITIZED=1)
endif()
if(PVC_LIBFUZZER)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  add_link_options(-fuse-ld=lld-19)
endif()

find_program(PVC_CCACHE ccache)
if(PVC_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${PVC_CCACHE})
endif()
