# calotype_add_plugin(NAME SOURCES... [LIBRARIES targets...] [DIRECTORY folder]): a plugin library
# lib/calotype/plugins/NAME.so, built and installed. Used by this project and, after
# find_package(Calotype), by plugins outside it. It sets every flag that a plugin needs.
#   LIBRARIES   Calotype::types for nodes that handle tensors; Calotype::core is always linked
#   DIRECTORY   put it there instead and do not install it
function(calotype_add_plugin name)
  cmake_parse_arguments(arg "" "DIRECTORY" "SOURCES;LIBRARIES" ${ARGN})
  add_library(${name} MODULE ${arg_SOURCES})
  target_compile_features(${name} PRIVATE cxx_std_20)
  set_target_properties(${name} PROPERTIES PREFIX "" SUFFIX ".so" CXX_EXTENSIONS OFF
                        CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)
  # Unique symbols would be shared with other plugins behind the loader's back.
  target_compile_options(${name} PRIVATE -fno-gnu-unique)
  target_compile_definitions(${name} PRIVATE BOOST_DLL_USE_STD_FS)
  target_link_libraries(${name} PRIVATE Calotype::core Boost::headers ${arg_LIBRARIES})
  set(_map ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/calotype_plugin.map)
  target_link_options(${name} PRIVATE -Wl,--version-script=${_map})
  set_property(TARGET ${name} APPEND PROPERTY LINK_DEPENDS ${_map})
  # Sanitizer runtimes leave symbols open on purpose.
  if(NOT CALOTYPE_SANITIZE)
    target_link_options(${name} PRIVATE -Wl,-z,defs)
  endif()

  if(arg_DIRECTORY)
    set_target_properties(${name} PROPERTIES LIBRARY_OUTPUT_DIRECTORY ${arg_DIRECTORY})
    return()
  endif()
  if(CMAKE_LIBRARY_OUTPUT_DIRECTORY)
    set(_base ${CMAKE_LIBRARY_OUTPUT_DIRECTORY})
  else()
    set(_base ${CMAKE_CURRENT_BINARY_DIR}/lib)
  endif()
  # One search path for both folders: CMake would end a build's own with a colon, and an empty path is the current
  # folder to the loader. What lies inside the project CMake leaves out of it, such as a torch in .venv.
  set(_path "$ORIGIN/../..")
  foreach(_folder ${CALOTYPE_TORCH} ${CALOTYPE_THIRD_PARTY})
    list(APPEND _path ${_folder}/lib)
  endforeach()
  list(APPEND _path "$ORIGIN/../../../../torch/lib")  # beside the Python package
  set_target_properties(${name} PROPERTIES LIBRARY_OUTPUT_DIRECTORY ${_base}/calotype/plugins INSTALL_RPATH "${_path}"
                        INSTALL_RPATH_USE_LINK_PATH ON BUILD_WITH_INSTALL_RPATH ON)
  install(TARGETS ${name} LIBRARY DESTINATION lib/calotype/plugins COMPONENT plugins)
endfunction()

# calotype_add_plugin_test(NAME PLUGIN target SOURCES... [LIBRARIES targets...]): a test program for ctest, to be
# written with calotype/testing.h and any framework or none. In its sources CALOTYPE_PLUGIN_LIBRARY is the path of
# the built plugin. With the command line at hand, ctest also checks the plugin by `calotype lint-plugin`.
function(calotype_add_plugin_test name)
  cmake_parse_arguments(arg "" "PLUGIN" "SOURCES;LIBRARIES" ${ARGN})
  add_executable(${name} ${arg_SOURCES})
  target_compile_features(${name} PRIVATE cxx_std_20)
  target_compile_definitions(${name} PRIVATE CALOTYPE_PLUGIN_LIBRARY="$<TARGET_FILE:${arg_PLUGIN}>")
  target_link_libraries(${name} PRIVATE Calotype::core ${arg_LIBRARIES})
  add_dependencies(${name} ${arg_PLUGIN})
  add_test(NAME ${name} COMMAND ${name})
  if(CALOTYPE_PROGRAM)
    add_test(NAME ${arg_PLUGIN}-lint COMMAND ${CALOTYPE_PROGRAM} lint-plugin $<TARGET_FILE:${arg_PLUGIN}>)
  endif()
endfunction()
