# calotype_add_plugin(NAME SOURCES... [LIBRARIES targets...]): a plugin library in lib/calotype/plugins.
# Used by this project and, through find_package(Calotype), by plugins outside it.
function(calotype_add_plugin name)
  cmake_parse_arguments(arg "" "" "SOURCES;LIBRARIES" ${ARGN})
  add_library(${name} MODULE ${arg_SOURCES})
  target_compile_features(${name} PRIVATE cxx_std_20)
  set_target_properties(${name} PROPERTIES PREFIX "" CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON
                        CXX_EXTENSIONS OFF LIBRARY_OUTPUT_DIRECTORY ${CMAKE_LIBRARY_OUTPUT_DIRECTORY}/calotype/plugins)
  target_compile_options(${name} PRIVATE -fno-gnu-unique)
  if(NOT CALOTYPE_SANITIZE)
    target_link_options(${name} PRIVATE -Wl,-z,defs)
  endif()
  target_compile_definitions(${name} PRIVATE BOOST_DLL_USE_STD_FS)
  target_link_libraries(${name} PRIVATE ${arg_LIBRARIES})
endfunction()
