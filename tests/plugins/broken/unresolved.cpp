// Calls a function that no library has.
#include <calotype/plugin_entry.h>

namespace TEST_NAMESPACE {
int not_there(int);
}

namespace {

void register_nodes(calotype::Registrar&) { TEST_NAMESPACE::not_there(1); }

}  // namespace

CALOTYPE_PLUGIN("test.unresolved", "1", register_nodes)
