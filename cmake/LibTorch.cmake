# Imported target Calotype::torch straight from an installed torch or libtorch. find_package(Torch) is
# not used: with a CUDA wheel it demands a CUDA toolkit even for CPU code.
#   CALOTYPE_TORCH   folder that holds include/ and lib/; empty: the Python of .venv, then python3
# Sets CALOTYPE_TORCH_VERSION ("2.13.0") and CALOTYPE_TORCH_MINOR ("2.13").
if(NOT CALOTYPE_TORCH)
  find_program(CALOTYPE_PYTHON NAMES python3 PATHS ${PROJECT_SOURCE_DIR}/.venv/bin NO_DEFAULT_PATH)
  find_program(CALOTYPE_PYTHON NAMES python3)
  execute_process(
    COMMAND ${CALOTYPE_PYTHON} -c
            "import importlib.util as u; s = u.find_spec('torch'); print(s.submodule_search_locations[0] if s else '')"
    OUTPUT_VARIABLE _torch OUTPUT_STRIP_TRAILING_WHITESPACE)
  if(NOT _torch)
    message(FATAL_ERROR "No torch found: run scripts/bootstrap, or pass -DCALOTYPE_TORCH=<folder of torch>.")
  endif()
  set(CALOTYPE_TORCH ${_torch} CACHE PATH "" FORCE)
endif()
if(NOT EXISTS ${CALOTYPE_TORCH}/include/ATen/core/Tensor.h)
  message(FATAL_ERROR "CALOTYPE_TORCH=${CALOTYPE_TORCH} has no include/ATen/core/Tensor.h: "
                      "give the folder of an installed torch Python package or libtorch.")
endif()

file(STRINGS ${CALOTYPE_TORCH}/include/torch/headeronly/version.h _lines REGEX "#define TORCH_VERSION_(MAJOR|MINOR|PATCH) ")
foreach(_part MAJOR MINOR PATCH)
  string(REGEX REPLACE ".*TORCH_VERSION_${_part} ([0-9]+).*" "\\1" _${_part} "${_lines}")
endforeach()
set(CALOTYPE_TORCH_MINOR ${_MAJOR}.${_MINOR})
set(CALOTYPE_TORCH_VERSION ${CALOTYPE_TORCH_MINOR}.${_PATCH})
if(CALOTYPE_TORCH_VERSION VERSION_LESS 2.11 OR CALOTYPE_TORCH_VERSION VERSION_GREATER_EQUAL 2.14)
  message(FATAL_ERROR "torch ${CALOTYPE_TORCH_VERSION} found in ${CALOTYPE_TORCH}; 2.11 to 2.13 are supported.")
endif()

add_library(Calotype::torch INTERFACE IMPORTED)
target_include_directories(Calotype::torch SYSTEM INTERFACE ${CALOTYPE_TORCH}/include
                           ${CALOTYPE_TORCH}/include/torch/csrc/api/include)
set(_torch_libraries c10 torch_cpu)
if(EXISTS ${CALOTYPE_TORCH}/lib/libtorch_cuda.so)
  list(APPEND _torch_libraries c10_cuda torch_cuda)
  set(CALOTYPE_TORCH_CUDA ON)
endif()
foreach(_library ${_torch_libraries})
  if(NOT EXISTS ${CALOTYPE_TORCH}/lib/lib${_library}.so)
    message(FATAL_ERROR "${CALOTYPE_TORCH}/lib/lib${_library}.so is missing: this torch is incomplete.")
  endif()
  list(APPEND _torch_paths ${CALOTYPE_TORCH}/lib/lib${_library}.so)
endforeach()
# Nothing refers to libtorch_cuda by symbol, so the linker must be told to keep it.
target_link_libraries(Calotype::torch INTERFACE -Wl,--no-as-needed ${_torch_paths} -Wl,--as-needed)
target_compile_definitions(Calotype::torch INTERFACE CALOTYPE_TORCH_MINOR="${CALOTYPE_TORCH_MINOR}")
# Torch brings the headers of its own fmt without the library, and they come before the system's.
target_compile_definitions(Calotype::torch INTERFACE FMT_HEADER_ONLY)
message(STATUS "torch ${CALOTYPE_TORCH_VERSION} in ${CALOTYPE_TORCH}, CUDA: ${CALOTYPE_TORCH_CUDA}")
