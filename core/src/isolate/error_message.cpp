#include "isolate/error_message.h"

#include <nlohmann/json.hpp>
#include <utility>

namespace calotype {

nlohmann::json error_message(const Error& error) {
  nlohmann::json rows = nlohmann::json::array();
  for (const Diagnostic& d : error.diagnostics()) {
    rows.push_back({static_cast<int>(d.severity), d.file, d.pos.line, d.pos.column, d.excerpt,
                    d.node, d.port, d.what, d.expected, d.got, d.hint});
  }
  return {{"code", static_cast<int>(error.code())}, {"diagnostics", std::move(rows)}};
}

Error error_from(const nlohmann::json& message) {
  std::vector<Diagnostic> all;
  for (const nlohmann::json& row : message.at("diagnostics")) {
    Diagnostic d;
    d.severity = static_cast<Severity>(row.at(0).get<int>());
    d.pos = {row.at(2).get<int>(), row.at(3).get<int>()};
    std::string* const texts[] = {&d.file, &d.excerpt,  &d.node, &d.port,
                                  &d.what, &d.expected, &d.got,  &d.hint};
    std::size_t column = 1;
    for (std::string* text : texts) {
      row.at(column).get_to(*text);
      column += column == 1 ? 3 : 1;  // the position stands behind the file
    }
    all.push_back(std::move(d));
  }
  return Error(static_cast<ErrorCode>(message.at("code").get<int>()), std::move(all));
}

}  // namespace calotype
