// Reads JSON strings, one a line, and writes their token ids as JSON lists.
// Usage: calotype_tokenize [VOCABULARY]
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>

#include "calotype/clip_tokenizer.h"
#include "calotype/clip_vocabulary.h"

int main(int argc, char** argv) {
  try {
    const calotype::ClipTokenizer tokenizer(argc > 1 ? std::filesystem::path(argv[1])
                                                     : calotype::clip_vocabulary_path());
    std::string line;
    while (std::getline(std::cin, line)) {
      const auto text = nlohmann::json::parse(line).get<std::string>();
      std::cout << nlohmann::json(tokenizer.encode(text)).dump() << '\n';
    }
  } catch (const std::exception& e) {
    std::cerr << e.what() << '\n';
    return 1;
  }
  return 0;
}
