// calotype_torch_file FILE OUT: reads a file of weights and writes it as safetensors.
// calotype_torch_file FILES...: one JSON list a line: [null, [names], {metadata}] or [message].
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "calotype/error.h"
#include "calotype/safetensors.h"
#include "calotype/weights_file.h"

namespace {

using namespace calotype;

nlohmann::json verdict(const char* file) {
  try {
    const TensorArchive archive = open_weights_file(file);
    auto names = nlohmann::json::array();
    for (const ArchiveTensor& t : archive.tensors) {
      t.verify();
      names.push_back(t.name);
    }
    return nlohmann::json::array({nullptr, names, archive.metadata});
  } catch (const Error& e) {
    return nlohmann::json::array({e.diagnostics()[0].what});
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 3 && std::string_view(argv[2]).ends_with(".safetensors")) {
    try {
      write_safetensors(argv[2], open_weights_file(argv[1]));
      return 0;
    } catch (const Error& e) {
      std::cerr << e.what() << '\n';
      return 1;
    }
  }
  for (int i = 1; i < argc; ++i) std::cout << verdict(argv[i]).dump() << '\n';
  return 0;
}
