# Compiler warnings and sanitizers for every target of the project.
add_compile_options(-Wall -Wextra -Wpedantic -Wnon-virtual-dtor -Wno-missing-field-initializers)
if(CALOTYPE_WARNINGS_AS_ERRORS)
  add_compile_options(-Werror)
endif()
if(CALOTYPE_SANITIZE)
  add_compile_options(-fsanitize=${CALOTYPE_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${CALOTYPE_SANITIZE})
endif()
