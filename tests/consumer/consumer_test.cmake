# Installs the package to a fresh folder, builds copies of the example plugin and of a small host
# against it, as somebody without this source tree would, and runs them.
#   cmake -DBINARY_DIR= -DSOURCE_DIR= -DGENERATOR= -DCXX= [-DLAUNCHER=] -P consumer_test.cmake
set(work ${BINARY_DIR}/tests/consumer_test)
file(REMOVE_RECURSE ${work})
file(COPY ${SOURCE_DIR}/plugins/example_invert ${SOURCE_DIR}/tests/consumer DESTINATION ${work}/source)

function(run)
  execute_process(COMMAND ${ARGN} COMMAND_ECHO STDOUT COMMAND_ERROR_IS_FATAL ANY)
endfunction()

run(${CMAKE_COMMAND} --install ${BINARY_DIR} --prefix ${work}/sdk --component sdk)
foreach(project example_invert consumer)
  run(${CMAKE_COMMAND} -S ${work}/source/${project} -B ${work}/build/${project} -G ${GENERATOR}
      -DCMAKE_PREFIX_PATH=${work}/sdk -DCMAKE_INSTALL_PREFIX=${work}/sdk -DCMAKE_BUILD_TYPE=Release
      -DCMAKE_CXX_COMPILER=${CXX} -DCMAKE_CXX_COMPILER_LAUNCHER=${LAUNCHER})
  run(${CMAKE_COMMAND} --build ${work}/build/${project})
endforeach()
run(${CMAKE_COMMAND} --install ${work}/build/example_invert)

foreach(plugin ${work}/build/example_invert/lib/calotype/plugins/example_invert.so
               ${work}/sdk/lib/calotype/plugins/example_invert.so)
  execute_process(COMMAND ${work}/build/consumer/consumer ${plugin} OUTPUT_VARIABLE said COMMAND_ERROR_IS_FATAL ANY)
  if(NOT said STREQUAL "inverted to 0.75\n")
    message(FATAL_ERROR "${plugin}: the host said: ${said}")
  endif()
endforeach()
