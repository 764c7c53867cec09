# SPDX-License-Identifier: Apache-2.0
# cmake -DCOMPILER=… -DSOURCE=… -DROOT=… -P compile_twice.cmake: fails unless SOURCE compiles, and with -DMISUSE does not, for the reason that its
# own line "// expect: <part of the diagnostic>" names; GCC and clang word some differently, then one such line for each.
set(flags -std=c++23 -Wall -Wextra -Werror -fno-exceptions -fno-rtti -fsyntax-only -I${ROOT})
file(STRINGS ${SOURCE} expected REGEX "^// expect: ")
if(NOT expected)
  message(FATAL_ERROR "${SOURCE} does not say which diagnostic it expects")
endif()

execute_process(COMMAND ${COMPILER} ${flags} ${SOURCE} RESULT_VARIABLE result ERROR_VARIABLE diagnostics)
if(NOT result EQUAL 0)
  message(FATAL_ERROR "without the misuse it must compile:\n${diagnostics}")
endif()

execute_process(COMMAND ${COMPILER} ${flags} -DMISUSE ${SOURCE} RESULT_VARIABLE result ERROR_VARIABLE diagnostics)
if(result EQUAL 0)
  message(FATAL_ERROR "the misuse compiles")
endif()
foreach(line IN LISTS expected)
  string(REGEX REPLACE "^// expect: " "" part "${line}")
  string(FIND "${diagnostics}" "${part}" at)
  if(at GREATER_EQUAL 0)
    return()
  endif()
endforeach()
message(FATAL_ERROR "it does not compile, but for another reason:\n${diagnostics}")
