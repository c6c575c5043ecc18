#include <gtest/gtest.h>

#include "calotype/registry.h"
#include "support/graph_text.h"

namespace calotype {
namespace {

using Ports = std::vector<PortSchema>;

/// `need` is required, `may` is optional.
PortSchema need(std::string name, std::string type) {
  PortSchema port;
  port.name = std::move(name);
  port.type = std::move(type);
  return port;
}
PortSchema may(std::string name, std::string type) {
  PortSchema port = need(std::move(name), std::move(type));
  port.optional = true;
  return port;
}

NodeSchema schema(std::string type, Ports inputs, Ports outputs) {
  NodeSchema s;
  s.type = std::move(type);
  s.inputs = std::move(inputs);
  s.outputs = std::move(outputs);
  return s;
}

/// Shapes of nodes that the program has: what a hint names must fit all of them.
std::shared_ptr<Registry> registry() {
  auto r = std::make_shared<Registry>();
  r->commit_lazy(
      {"test.shapes", "1", "", false},
      {
          schema("Files", {},
                 {need("vae", "Vae"), need("image", "Image"), need("noise", "Noise"),
                  need("mask", "Mask"), need("text", "Text")}),
          schema("Blend", {need("a", "Latent"), need("mask", "Mask"), may("noise", "Noise")},
                 {need("latent", "Latent")}),
          schema("Crop", {need("image", "Image"), need("mask", "Mask")},
                 {need("image", "Image"), need("mask", "Mask")}),
          schema("Decode", {need("vae", "Vae"), need("latent", "Latent")},
                 {need("image", "Image")}),
          schema("VAEEncode", {need("vae", "Vae"), need("image", "Image")},
                 {need("latent", "Latent")}),
          schema("LowRes", {need("text", "Text"), need("image", "Image")},
                 {need("text", "Text"), need("latent", "Latent")}),
          schema("MaskOf", {need("image", "Image")}, {need("mask", "Mask")}),
          schema("Paint",
                 {need("vae", "Vae"), need("noise", "Noise"), need("mask", "Mask"),
                  need("text", "Text")},
                 {need("image", "Image")}),
          schema("Sample",
                 {need("text", "Text"), need("noise", "Noise"), may("latent", "Latent"),
                  may("mask", "Mask")},
                 {need("latent", "Latent")}),
          schema("Show", {need("image", "Image"), may("mask", "Mask")}, {need("text", "Text")}),
          schema("TextOf", {need("image", "Image"), need("vae", "Vae")}, {need("text", "Text")}),
      },
      [] {});
  return r;
}

/// The hint of the only wrong link, of the node "n".
std::string hint(const std::string& node, const std::string& others = "") {
  static const auto known = registry();
  try {
    (void)validate(test::graph_from("'f':{'type':'Files'},'n':" + node + others, "'x':'f.vae'"),
                   *known);
  } catch (const Error& e) {
    for (const Diagnostic& d : e.diagnostics()) {
      if (d.got.find(" from ") != std::string::npos) return d.hint;
    }
  }
  return "accepted";
}

std::string decode(const std::string& latent) {
  return "{'type':'Decode','in':{'vae':'f.vae','latent':'" + latent + "'}}";
}
std::string show(const std::string& image) {
  return "{'type':'Show','in':{'image':'" + image + "','mask':'f.mask'}}";
}

TEST(TypeHint, NamesTheNodeThatConverts) {
  EXPECT_EQ(hint(decode("f.image")), "put a VAEEncode in between");
  EXPECT_EQ(hint(decode("f.noise")), "put a Sample in between");
  EXPECT_EQ(hint("{'type':'Blend','in':{'a':'n.latent','mask':'f.image','noise':'f.noise'}}"),
            "connect an output of type Mask such as \"f.mask\", or put a MaskOf in between");
}

TEST(TypeHint, NamesNoNodeThatNeedsTheWantedType) {
  EXPECT_EQ(hint(show("f.mask")), "connect an output of type Image such as \"f.image\"");
}

TEST(TypeHint, NamesNoNodeThatGivesTheValueBack) {
  EXPECT_EQ(hint(decode("f.text")), "put a Sample in between");
}

TEST(TypeHint, NamesNoNodeThatNeedsMuchElse) {
  EXPECT_EQ(hint(show("f.noise")), "connect an output of type Image such as \"f.image\"");
}

TEST(TypeHint, PrefersTheInputOfTheNodeThatTakesTheValue) {
  const std::string node = "{'type':'Sample','in':{'text':'f.text','latent':'f.noise'}}";
  EXPECT_EQ(hint(node), "move it to input \"noise\"");
  EXPECT_EQ(hint(node, ",'e':{'type':'VAEEncode','in':{'vae':'f.vae','image':'f.image'}}"),
            "move it to input \"noise\", or connect an output of type Latent such as \"e.latent\"");
}

}  // namespace
}  // namespace calotype
