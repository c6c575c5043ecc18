#include "palette_file_nodes.h"

#include <calotype/atomic_file.h>

#include "palette_file.h"

namespace example {

void LoadPalette::describe(calotype::Describe<LoadPalette>& d) {
  d.summary("Reads a palette file.");
  d.param("path", &Params::path, "GIMP palette (.gpl), or a list of rrggbb (.hex).")
      .file()
      .required();
  d.output("palette", &Outputs::palette, "The colours in the order of the file.");
  d.lane(calotype::Lane::io);
}

LoadPalette::Outputs LoadPalette::run(const Inputs&, const Params& params, calotype::RunContext&) {
  return {read_palette(params.path)};
}

void SavePalette::describe(calotype::Describe<SavePalette>& d) {
  d.summary("Writes a palette file.");
  d.input("palette", &Inputs::palette, "The colours; each channel is rounded to 8 bits.");
  d.param("path", &Params::path,
          "File to write: a GIMP palette (.gpl), or a list of rrggbb (.hex).")
      .required();
  d.impure();
  d.lane(calotype::Lane::io);
}

SavePalette::Outputs SavePalette::run(const Inputs& in, const Params& params,
                                      calotype::RunContext&) {
  const std::filesystem::path path = params.path;
  const std::string text = format_palette(in.palette, palette_format(path), path.stem().string());
  calotype::AtomicFile file(path);
  file.write(text);
  file.commit();
  return {};
}

}  // namespace example
