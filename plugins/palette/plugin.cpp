#include <calotype/plugin_entry.h>

#include "extract_palette.h"
#include "palette_file_nodes.h"
#include "quantize_image.h"

namespace {

void register_nodes(calotype::Registrar& registrar) {
  registrar.add<example::ExtractPalette>();
  registrar.add<example::LoadPalette>();
  registrar.add<example::QuantizeImage>();
  registrar.add<example::SavePalette>();
}

}  // namespace

CALOTYPE_PLUGIN("example.palette", "1.0.0", register_nodes)
