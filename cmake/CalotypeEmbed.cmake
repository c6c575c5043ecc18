# calotype_embed_texts(SOURCE folder): writes SOURCE, a C++ source with all files FOLDER/*/*.in as texts, for
# programs that must not depend on files beside them. See apps/calotype/plugin_template.h.
function(calotype_embed_texts source folder)
  file(GLOB _files CONFIGURE_DEPENDS RELATIVE ${folder} ${folder}/*/*.in ${folder}/*/.*.in)
  list(SORT _files)
  set(_rows "")
  foreach(_file ${_files})
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${folder}/${_file})
    file(READ ${folder}/${_file} _text)
    string(REGEX REPLACE "\\.in$" "" _name ${_file})
    string(APPEND _rows "    {\"${_name}\", R\"~~~(${_text})~~~\"},\n")
  endforeach()
  set(_whole "#include \"plugin_template.h\"\n
namespace calotype::cli {\n
std::span<const TemplateText> plugin_template() {
  static constexpr TemplateText texts[] = {
${_rows}  };
  return texts;
}\n
}  // namespace calotype::cli\n")
  set(_old "")
  if(EXISTS ${source})
    file(READ ${source} _old)
  endif()
  if(NOT _old STREQUAL _whole)
    file(WRITE ${source} "${_whole}")
  endif()
endfunction()
