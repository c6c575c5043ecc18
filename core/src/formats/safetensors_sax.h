#pragma once
// The header text of a safetensors file, event by event. Memory is bounded by the text's size.
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "calotype/safetensors.h"

namespace calotype::safetensors {

/// Receives nlohmann's events; throws Error(io) at the first event that breaks a rule.
class HeaderSax : public nlohmann::json_sax<nlohmann::json> {
 public:
  HeaderSax(std::string_view json, const std::string& file) : json_(json), file_(file) {}

  bool null() override;
  bool boolean(bool) override;
  bool number_integer(number_integer_t) override;
  bool number_unsigned(number_unsigned_t) override;
  bool number_float(number_float_t, const string_t& text) override;
  bool string(string_t&) override;
  bool binary(binary_t&) override;
  bool start_object(std::size_t) override;
  bool key(string_t&) override;
  bool end_object() override;
  bool start_array(std::size_t) override;
  bool end_array() override;
  bool parse_error(std::size_t position, const std::string& token,
                   const nlohmann::json::exception&) override;

  SafetensorsHeader header;

 private:
  enum class Field { none, metadata, dtype, shape, data_offsets, extra };

  void enter();
  void leave();
  bool refuse_value(const std::string& found);
  void check_duplicate(const std::string& key);
  void start_entry();
  void end_entry();
  std::string_view tensor() const { return in_entry_ ? entry_.name : std::string_view(); }

  std::string_view json_;
  const std::string& file_;
  std::size_t depth_ = 0;
  std::vector<std::unordered_set<std::string>> keys_;  // of each open container
  Field field_ = Field::none;
  std::string metadata_key_;

  bool in_entry_ = false;
  TensorInfo entry_;
  std::optional<DType> dtype_;
  bool has_shape_ = false;
  std::optional<std::vector<std::uint64_t>> offsets_;
};

}  // namespace calotype::safetensors
