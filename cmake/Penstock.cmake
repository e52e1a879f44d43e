# How every target of the tree is made: one library per folder, one test program per tested folder, one fuzz target per parser.
include_guard()

set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)

# Asio keeps the memory of an operation that has ended for the next one, however small that is, and coroutines' frames
# likewise: what waits on an idle connection had twice what it needs. Everywhere, or nowhere in a program.
add_compile_definitions(BOOST_ASIO_DISABLE_SMALL_BLOCK_RECYCLING BOOST_ASIO_DISABLE_AWAITABLE_FRAME_RECYCLING)
# Failures and deliberate bugs on demand (dataplane/base/test_hooks.h): in every build but those that are shipped.
add_compile_definitions($<$<CONFIG:Debug>:PENSTOCK_TEST_HOOKS>)
set(PENSTOCK_SANITIZE "" CACHE STRING "Sanitizers to build with, as for -fsanitize=")

# One architecture for the whole tree, so that inline functions have one definition: what ipsec-mb and DPDK need at least.
# Wider instructions are chosen at run time, by CPUID, in files that ask for them.
add_compile_options(-march=x86-64-v2 -fno-omit-frame-pointer)
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG -g1")
set(CMAKE_CXX_FLAGS_DEBUG "-O1 -g1")
if(PENSTOCK_SANITIZE)
  set(CMAKE_CXX_FLAGS_DEBUG "-O0 -g1")  # but see penstock_optimise
endif()
add_compile_options(-Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wnon-virtual-dtor -Wswitch -Werror)

if(PENSTOCK_SANITIZE)
  # The data plane has no RTTI, which the check of virtual pointers needs.
  add_compile_options(-fsanitize=${PENSTOCK_SANITIZE} -fno-sanitize-recover=all -fno-sanitize=vptr)
  add_link_options(-fsanitize=${PENSTOCK_SANITIZE})
  # The sanitizers' suppressions (tests/support) are names of functions.
  find_program(PENSTOCK_SYMBOLIZER llvm-symbolizer-19)
  if(NOT PENSTOCK_SYMBOLIZER)
    message(FATAL_ERROR "llvm-symbolizer-19 is missing: ./tools/setup installs it (package llvm-19)")
  endif()
  if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")  # as g++ has it
    if(PENSTOCK_SANITIZE MATCHES address)
      add_compile_definitions(__SANITIZE_ADDRESS__)
    elseif(PENSTOCK_SANITIZE MATCHES thread)
      add_compile_definitions(__SANITIZE_THREAD__)
    endif()
  endif()
endif()

find_program(PENSTOCK_CCACHE ccache)
if(PENSTOCK_CCACHE)
  # What one clone has compiled serves every other on the machine: objects hold paths from the root, not of the clone.
  set(CMAKE_CXX_COMPILER_LAUNCHER env CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${PENSTOCK_CCACHE})
  add_compile_options(-ffile-prefix-map=${PROJECT_SOURCE_DIR}/=)
endif()
find_program(PENSTOCK_MOLD mold)
if(PENSTOCK_MOLD)
  add_link_options(-fuse-ld=mold)
endif()

# With the unity presets, up to forty sources of a target are compiled as one: most of a source's time are its headers.
# Their names outside of functions must differ then. clang-tidy sees the same files (tools/test).
set(PENSTOCK_BEFORE_UNITY_INCLUDE "// NOLINTNEXTLINE(bugprone-suspicious-include)")
if(CMAKE_UNITY_BUILD)
  # g++ takes a source that is included for a header, where members must not be of unnamed namespaces; and there, no
  # compiler misses the uses of a constant unless it is told to.
  add_compile_options("$<$<COMPILE_LANG_AND_ID:CXX,GNU>:-Wno-subobject-linkage;-Wunused-const-variable=2>")
endif()

find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)

# penstock_library(NAME SOURCES... [DATAPLANE] [LINK libs...])
# DATAPLANE libraries are built without exceptions and RTTI.
function(penstock_library name)
  cmake_parse_arguments(PARSE_ARGV 1 ARG "DATAPLANE" "" "SOURCES;LINK;LINK_PRIVATE")
  add_library(${name} STATIC ${ARG_SOURCES})
  target_include_directories(${name} PUBLIC ${PROJECT_SOURCE_DIR})
  target_link_libraries(${name} PUBLIC ${ARG_LINK} PRIVATE ${ARG_LINK_PRIVATE})
  if(CMAKE_CURRENT_SOURCE_DIR MATCHES "^${PROJECT_SOURCE_DIR}/(dataplane|controlplane)/")
    set_property(GLOBAL APPEND PROPERTY PENSTOCK_LIBRARIES ${name})  # for tests/checks
  endif()
  penstock_optimise(${name})
  set_target_properties(${name} PROPERTIES UNITY_BUILD_CODE_BEFORE_INCLUDE "${PENSTOCK_BEFORE_UNITY_INCLUDE}")
  if(ARG_DATAPLANE)
    target_compile_options(${name} PRIVATE -fno-exceptions -fno-rtti)
    if(NOT PENSTOCK_SANITIZE)
      set_target_properties(${name} PROPERTIES UNITY_BUILD OFF)  # tests/checks/hot_code looks at objects of single sources
    endif()
  endif()
  if(PENSTOCK_SANITIZE)
    set_target_properties(${name} PROPERTIES EXCLUDE_FROM_ALL ON)  # only what a test or fuzz target links
  endif()
endfunction()

# With sanitizers, libraries and fuzz targets are optimised, which tests spend their time in; programs are not, and what
# they are made of in bench/: that takes longer than running them.
function(penstock_optimise name)
  if(PENSTOCK_SANITIZE AND NOT CMAKE_CURRENT_SOURCE_DIR MATCHES "^${PROJECT_SOURCE_DIR}/bench/")
    target_compile_options(${name} PRIVATE -O1)
  endif()
endfunction()

# Optimising the sources of tests takes longer than running them: what they test is optimised in its library.
function(penstock_compile_quickly name)
  target_compile_options(${name} PRIVATE -O0)
endfunction()

# What every test's environment has. At its end, a program under ThreadSanitizer would sleep for a second.
set(PENSTOCK_TEST_ENVIRONMENT
  "TSAN_OPTIONS=suppressions=${PROJECT_SOURCE_DIR}/tests/support/dpdk.tsan.supp:atexit_sleep_ms=0"
  "LSAN_OPTIONS=suppressions=${PROJECT_SOURCE_DIR}/tests/support/libraries.lsan.supp:print_suppressions=0")
if(PENSTOCK_SANITIZE)
  list(APPEND PENSTOCK_TEST_ENVIRONMENT PENSTOCK_TEST_SCALE=0.1)  # tests/support/scale.h
endif()

# penstock_test_program(NAME SOURCES... LINK libs...)
# A GoogleTest program, for penstock_run_tests.
function(penstock_test_program name)
  cmake_parse_arguments(PARSE_ARGV 1 ARG "" "" "SOURCES;LINK")
  add_executable(${name} ${ARG_SOURCES})
  penstock_compile_quickly(${name})
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR})
  target_link_libraries(${name} PRIVATE ${ARG_LINK} penstock_test_main)
endfunction()

# penstock_run_tests(NAME LABEL unit|sim|model|integration COMMAND program arguments... [TIMEOUT seconds])
# One ctest test with the label.
function(penstock_run_tests name)
  cmake_parse_arguments(PARSE_ARGV 1 ARG "" "LABEL;TIMEOUT" "COMMAND")
  add_test(NAME ${name} COMMAND ${ARG_COMMAND} --gtest_brief=1)
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 120)
  endif()
  if(PENSTOCK_SANITIZE)
    math(EXPR ARG_TIMEOUT "${ARG_TIMEOUT} * 3")
  endif()
  # A test that skips itself has not passed.
  set_tests_properties(${name} PROPERTIES LABELS ${ARG_LABEL} TIMEOUT ${ARG_TIMEOUT}
                       FAIL_REGULAR_EXPRESSION "\\[  SKIPPED \\]"
                       ENVIRONMENT "${PENSTOCK_TEST_ENVIRONMENT}")
endfunction()

# penstock_run_beside_servers(NAME [SLOTS slots]): the test has a server with threads of its own and
# namespaces of its own. It mostly waits, so as many of them run at once as cmake/test_resources.json
# has slots (2), and tests without a server beside them; they start first, so that there are some left
# to run. With all slots it has no other server beside it: its threads never wait, or what it asks of
# them is a matter of time.
function(penstock_run_beside_servers name)
  cmake_parse_arguments(PARSE_ARGV 1 ARG "" "SLOTS" "")
  if(NOT ARG_SLOTS)
    set(ARG_SLOTS 1)
  endif()
  set_tests_properties(${name} PROPERTIES RESOURCE_GROUPS servers:${ARG_SLOTS} COST 1000)
endfunction()

# penstock_test(NAME LABEL label SOURCES... LINK libs... [DEFINE NAME=value...] [TIMEOUT seconds]
#   [THREADS])
# A program of its own that runs as one ctest test. What is tested with THREADS has several that share
# memory; ThreadSanitizer has nothing to look at in the others, and does without them.
function(penstock_test name)
  cmake_parse_arguments(PARSE_ARGV 1 ARG "THREADS" "LABEL;TIMEOUT" "SOURCES;LINK;DEFINE")
  if(PENSTOCK_SANITIZE MATCHES thread AND NOT ARG_THREADS)
    return()
  endif()
  penstock_test_program(${name} SOURCES ${ARG_SOURCES} LINK ${ARG_LINK})
  target_compile_definitions(${name} PRIVATE ${ARG_DEFINE})
  penstock_run_tests(${name} LABEL ${ARG_LABEL} COMMAND ${name} TIMEOUT ${ARG_TIMEOUT})
endfunction()

# penstock_fuzz(NAME SOURCES... LINK libs... CORPUS folder)
# With the asan preset: a libFuzzer program, run for 2 s on its corpus by ctest -L fuzz.
# With dev: the same source with a driver that replays the corpus, for a debugger.
function(penstock_fuzz name)
  cmake_parse_arguments(PARSE_ARGV 1 ARG "" "CORPUS" "SOURCES;LINK")
  if(PENSTOCK_SANITIZE MATCHES fuzzer)
    add_executable(${name} ${ARG_SOURCES})
    penstock_optimise(${name})
    target_link_options(${name} PRIVATE -fsanitize=fuzzer)
    add_test(NAME ${name} COMMAND ${PROJECT_SOURCE_DIR}/tests/fuzz/run_fuzz $<TARGET_FILE:${name}> ${ARG_CORPUS})
  elseif(PENSTOCK_SANITIZE OR CMAKE_BUILD_TYPE STREQUAL "Release")
    return()
  else()
    add_executable(${name} ${ARG_SOURCES} ${PROJECT_SOURCE_DIR}/tests/fuzz/replay_main.cc)
    penstock_compile_quickly(${name})
    add_test(NAME ${name} COMMAND ${name} ${ARG_CORPUS})
  endif()
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR})
  target_link_libraries(${name} PRIVATE ${ARG_LINK})
  set_tests_properties(${name} PROPERTIES LABELS fuzz TIMEOUT 120)
endfunction()
