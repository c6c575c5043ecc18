#include <calotype/plugin_entry.h>

#include "qr_code.h"

namespace {

void register_nodes(calotype::Registrar& registrar) { registrar.add<example::QRCode>(); }

}  // namespace

CALOTYPE_PLUGIN("example.qr_code", "1.0.0", register_nodes)
