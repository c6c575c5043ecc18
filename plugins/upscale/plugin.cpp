/// The node types of upscaling, in the order in which a graph uses them.
#include "calotype/plugin_entry.h"
#include "upscale/load_upscaler.h"
#include "upscale/low_res_condition.h"
#include "upscale/upscale.h"

namespace {

void register_nodes(calotype::Registrar& r) {
  r.add<calotype::LoadUpscaler>();
  r.add<calotype::Upscale>();
  r.add<calotype::LowResCondition>();
}

}  // namespace

CALOTYPE_PLUGIN("calotype.upscale", "0.1.0", register_nodes)
