// consumer PLUGIN: a host of a few lines. Loads the example plugin and inverts a grey picture.
#include <calotype/plugin.h>
#include <calotype/types.h>

#include <calotype/types/aten.h>

#include <iostream>

int main(int count, char** arguments) {
  if (count != 2) return 2;
  try {
    calotype::Registry registry;
    calotype::load_plugin(registry, arguments[1]);
    const auto node = registry.node("example.Invert");

    const calotype::Image grey{at::full({1, 3, 8, 8}, 0.25)};
    const std::vector<std::vector<calotype::Value>> inputs = {{calotype::Value::of(grey)}, {}};
    const std::vector<calotype::ParamValue> params = {1.0};
    calotype::RunContext context;
    const auto image = node->run({inputs, params, context}).at(0).as<calotype::Image>();
    std::cout << "inverted to " << image.pixels.mean().item<double>() << '\n';
  } catch (const calotype::Error& e) {
    std::cerr << e.what() << '\n';
    return 1;
  }
}
