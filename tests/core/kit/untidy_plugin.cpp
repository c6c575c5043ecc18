// A plugin that loads, with one fault in each declaration; lint_test.cpp lists what is found.
#include <calotype/plugin_entry.h>

#include <utility>

namespace {

using calotype::NodeSchema;
using calotype::ParamKind;
using calotype::ParamSchema;

/// A node type that is only declared: it is impure, so that nothing runs it.
class Declared final : public calotype::NodeType {
 public:
  explicit Declared(NodeSchema schema) : schema_(std::move(schema)) {}
  const NodeSchema& schema() const override { return schema_; }
  std::span<const calotype::PortType* const> port_types() const override { return {}; }
  std::vector<calotype::Value> run(const calotype::NodeCall&) const override { return {}; }

 private:
  NodeSchema schema_;
};

NodeSchema tidy(std::string type) {
  NodeSchema schema;
  schema.type = std::move(type);
  schema.summary = "Does nothing at all.";
  schema.outputs.push_back({"result", "Image", "What comes out.", false, false, {}});
  schema.impure = true;
  return schema;
}

ParamSchema number(std::string name) {
  ParamSchema p;
  p.name = std::move(name);
  p.doc = "A number that is used.";
  p.kind = ParamKind::integer;
  p.default_value = std::int64_t{8};
  return p;
}

ParamSchema text(std::string name) {
  ParamSchema p = number(std::move(name));
  p.kind = ParamKind::string;
  p.default_value = std::string("small");
  return p;
}

template <class Change>
NodeSchema with(NodeSchema schema, ParamSchema param, Change change) {
  change(param);
  schema.params.push_back(std::move(param));
  return schema;
}

std::vector<NodeSchema> faulty_names() {
  std::vector<NodeSchema> all = {tidy("Unprefixed"), tidy("lint.lower_case"), tidy("other.Vendor")};
  NodeSchema ports = tidy("lint.PortNames");
  ports.inputs.push_back({"inputImage", "Image", "What goes in.", true, false, {}});
  ports.inputs.push_back({"size", "Image", "What goes in too.", true, false, {}});
  ports.params.push_back(number("size"));
  ports.outputs.push_back({"result", "Image", "What comes out again.", false, false, {}});
  all.push_back(std::move(ports));
  all.push_back(with(tidy("lint.FormerName"), number("width"),
                     [](ParamSchema& p) { p.was.push_back("width"); }));
  return all;
}

std::vector<NodeSchema> faulty_texts() {
  NodeSchema schema = tidy("lint.BlurImage");
  schema.summary = "Blur image.";
  schema.inputs.push_back({"image", "Image", "The image.", true, false, {}});
  schema.inputs.push_back({"mask", "Mask", "", true, false, {}});
  schema.outputs[0].doc = "the blurred one";
  return {schema};
}

std::vector<NodeSchema> faulty_params() {
  const auto limits = [](const char* type, ParamSchema param, auto change) {
    return with(tidy(type), std::move(param), change);
  };
  return {
      limits("lint.DefaultRange", number("steps"), [](ParamSchema& p) { p.min = 10; }),
      limits("lint.DefaultStep", number("steps"), [](ParamSchema& p) { p.multiple_of = 5; }),
      limits("lint.DefaultChoice", text("size"), [](ParamSchema& p) { p.choices = {"smell"}; }),
      limits("lint.EmptyRange", number("steps"),
             [](ParamSchema& p) {
               p.min = 9;
               p.max = 1;
               p.required = true;
             }),
      limits("lint.TextRange", text("size"), [](ParamSchema& p) { p.min = 1; }),
      limits("lint.TextStep", text("size"), [](ParamSchema& p) { p.multiple_of = 2; }),
      limits("lint.NumberFile", number("steps"), [](ParamSchema& p) { p.file = true; }),
      limits("lint.Companion", text("size"), [](ParamSchema& p) { p.companion = ".yaml"; }),
      limits("lint.TextSeed", text("size"), [](ParamSchema& p) { p.seed = true; }),
  };
}

std::vector<NodeSchema> faulty_references() {
  NodeSchema version = tidy("lint.Version");
  version.version = 0;
  NodeSchema memory = tidy("lint.Memory");
  memory.memory = calotype::MemoryRule{{"width"}, 4};
  NodeSchema same = tidy("lint.SameType");
  same.same_type.emplace_back("image", "result");
  NodeSchema type_param = tidy("lint.TypeParam");
  type_param.outputs[0].type = std::string(calotype::kAnyType);
  type_param.outputs[0].type_param = "kind";
  NodeSchema no_output = tidy("lint.NoOutput");
  no_output.outputs.clear();
  no_output.impure = false;
  no_output.params.push_back(text("path"));
  no_output.params.back().file = true;  // so that nothing runs it
  return {version, memory, same, type_param, no_output};
}

void register_nodes(calotype::Registrar& registrar) {
  for (auto* faulty : {faulty_names, faulty_texts, faulty_params, faulty_references}) {
    for (NodeSchema& schema : faulty()) {
      registrar.add_node(std::make_shared<const Declared>(std::move(schema)));
    }
  }
}

}  // namespace

/// Seen from outside, as only the two aliases should be.
extern "C" __attribute__((visibility("default"))) int calotype_plugin_helper() { return 1; }

CALOTYPE_PLUGIN("lint", "1.0.0", register_nodes)
