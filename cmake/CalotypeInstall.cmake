# What `cmake --install` puts where. Component sdk: all that a plugin outside this tree is built with.
include(CMakePackageConfigHelpers)
set(_package lib/cmake/Calotype)

set(_libraries calotype_core)
install(DIRECTORY core/include/calotype DESTINATION include COMPONENT sdk)
if(TARGET calotype_types)
  list(APPEND _libraries calotype_types)
  install(DIRECTORY nodes/types/include/calotype DESTINATION include COMPONENT sdk)
  # CMake leaves out folders inside the project, such as a torch in .venv.
  # The last one is where it lies beside the Python package.
  set_property(TARGET calotype_types APPEND PROPERTY INSTALL_RPATH ${CALOTYPE_TORCH}/lib "$ORIGIN/../../torch/lib")
endif()
install(TARGETS ${_libraries} EXPORT CalotypeTargets LIBRARY DESTINATION lib COMPONENT sdk)
install(EXPORT CalotypeTargets NAMESPACE Calotype:: DESTINATION ${_package} COMPONENT sdk)

# Written into the build folder as they will lie in the installed one, so that projects made by the
# program in bin/ find the package beside it in both.
export(EXPORT CalotypeTargets NAMESPACE Calotype:: FILE ${PROJECT_BINARY_DIR}/${_package}/CalotypeTargets.cmake)
configure_package_config_file(cmake/CalotypeConfig.cmake.in ${PROJECT_BINARY_DIR}/${_package}/CalotypeConfig.cmake
                              INSTALL_DESTINATION ${_package})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/${_package}/CalotypeConfigVersion.cmake
                                 COMPATIBILITY SameMinorVersion)
set(_files CalotypePlugin.cmake calotype_plugin.map LibTorch.cmake)
foreach(_file ${_files})
  configure_file(cmake/${_file} ${PROJECT_BINARY_DIR}/${_package}/${_file} COPYONLY)
endforeach()
list(TRANSFORM _files PREPEND cmake/)
install(FILES ${PROJECT_BINARY_DIR}/${_package}/CalotypeConfig.cmake
              ${PROJECT_BINARY_DIR}/${_package}/CalotypeConfigVersion.cmake ${_files}
        DESTINATION ${_package} COMPONENT sdk)

if(TARGET calotype)
  install(TARGETS calotype RUNTIME DESTINATION bin COMPONENT program)
endif()
# The tokenizer's vocabulary: where scripts/bootstrap put it, or from the package open_clip_torch beside torch.
set(_table bpe_simple_vocab_16e6.txt.gz)
find_file(CALOTYPE_CLIP_TABLE ${_table} NO_DEFAULT_PATH PATHS ${PROJECT_BINARY_DIR}/share/calotype
          ${PROJECT_SOURCE_DIR}/build/share/calotype ${CALOTYPE_TORCH}/../open_clip)
if(CALOTYPE_CLIP_TABLE)
  install(FILES ${CALOTYPE_CLIP_TABLE} DESTINATION share/calotype COMPONENT program)
else()
  message(STATUS "${_table} was not found and is not installed: pip install --no-deps open_clip_torch brings it")
endif()
