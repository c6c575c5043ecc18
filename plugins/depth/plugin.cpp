/// The node types for depth, in the order in which a graph uses them.
#include "calotype/plugin_entry.h"
#include "depth/depth_condition.h"
#include "depth/depth_estimate.h"
#include "depth/depth_to_image.h"
#include "depth/load_depth_model.h"
#include "depth/save_depth.h"

namespace {

void register_nodes(calotype::Registrar& r) {
  r.add<calotype::LoadDepthModel>();
  r.add<calotype::DepthEstimate>();
  r.add<calotype::DepthToImage>();
  r.add<calotype::SaveDepth>();
  r.add<calotype::DepthCondition>();
}

}  // namespace

CALOTYPE_PLUGIN("calotype.depth", "0.1.0", register_nodes)
