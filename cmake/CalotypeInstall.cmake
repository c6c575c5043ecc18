# What `cmake --install` puts where. Component sdk: all that a plugin outside this tree is built with.
include(CMakePackageConfigHelpers)
set(_package lib/cmake/Calotype)

set(_libraries calotype_core)
install(DIRECTORY core/include/calotype DESTINATION include COMPONENT sdk)
if(TARGET calotype_types)
  list(APPEND _libraries calotype_types)
  install(DIRECTORY nodes/types/include/calotype DESTINATION include COMPONENT sdk)
endif()
install(TARGETS ${_libraries} EXPORT CalotypeTargets LIBRARY DESTINATION lib COMPONENT sdk)
install(EXPORT CalotypeTargets NAMESPACE Calotype:: DESTINATION ${_package} COMPONENT sdk)

configure_package_config_file(cmake/CalotypeConfig.cmake.in ${PROJECT_BINARY_DIR}/CalotypeConfig.cmake
                              INSTALL_DESTINATION ${_package})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/CalotypeConfigVersion.cmake
                                 COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/CalotypeConfig.cmake ${PROJECT_BINARY_DIR}/CalotypeConfigVersion.cmake
              cmake/CalotypePlugin.cmake cmake/calotype_plugin.map cmake/LibTorch.cmake
        DESTINATION ${_package} COMPONENT sdk)

if(TARGET calotype)
  install(TARGETS calotype RUNTIME DESTINATION bin)
endif()
# Tables that are made at build time, such as the tokenizer's vocabulary.
install(DIRECTORY ${PROJECT_BINARY_DIR}/share/calotype DESTINATION share OPTIONAL)
