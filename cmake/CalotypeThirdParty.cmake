# The same targets as CalotypeDependencies.cmake from a bundle that scripts/make-third-party-bundle wrote,
# for machines where nothing can be installed. CALOTYPE_THIRD_PARTY is its folder: include/ and lib/.
if(NOT EXISTS ${CALOTYPE_THIRD_PARTY}/include/boost)
  message(FATAL_ERROR "${CALOTYPE_THIRD_PARTY} is no bundle: make one with scripts/make-third-party-bundle.")
endif()

# _bundled(TARGET library...): an imported target with the bundle's headers and these shared libraries.
function(_bundled target)
  add_library(${target} INTERFACE IMPORTED GLOBAL)
  target_include_directories(${target} SYSTEM INTERFACE ${CALOTYPE_THIRD_PARTY}/include)
  foreach(_name ${ARGN})
    target_link_libraries(${target} INTERFACE ${CALOTYPE_THIRD_PARTY}/lib/${_name})
  endforeach()
endfunction()

_bundled(fmt::fmt)
target_compile_definitions(fmt::fmt INTERFACE FMT_HEADER_ONLY=1)
_bundled(nlohmann_json::nlohmann_json)
_bundled(Boost::headers)
_bundled(ZLIB::ZLIB libz.so)
_bundled(PNG::PNG libpng16.so)
_bundled(JPEG::JPEG libjpeg.so)
_bundled(PkgConfig::WEBP libwebp.so)
_bundled(PkgConfig::XXHASH libxxhash.so)
_bundled(PkgConfig::UTF8PROC libutf8proc.so)
_bundled(GTest::gtest libgtest.a)
_bundled(GTest::gmock libgmock.a libgtest.a)
_bundled(GTest::gtest_main libgtest_main.a libgtest.a)
set(GTest_FOUND ON)
