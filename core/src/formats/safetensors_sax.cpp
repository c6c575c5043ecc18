#include "formats/safetensors_sax.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "calotype/error.h"
#include "formats/safetensors_layout.h"

namespace calotype::safetensors {

namespace {

constexpr std::size_t kMaxDepth = 4;

std::string shown(const std::string& text) {
  constexpr std::size_t kShown = 60;
  return quote(text.substr(0, kShown)) + (text.size() > kShown ? "..." : "");
}

/// The last bytes before a syntax error, with everything that is not plain ASCII as `?`.
std::string before(std::string_view json, std::size_t position) {
  constexpr std::size_t kShown = 24;
  const std::size_t end = std::min(position, json.size());
  std::string text(json.substr(end - std::min(end, kShown), std::min(end, kShown)));
  for (char& c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte >= 0x7F) c = '?';
  }
  return text;
}

}  // namespace

bool HeaderSax::refuse_value(const std::string& found) {
  const std::string_view name = tensor();
  switch (field_) {
    case Field::metadata:
      if (depth_ == 1) {
        refuse(file_, {}, {.what = "\"__metadata__\"", .expected = "an object", .got = found});
      }
      refuse(file_, {},
             {.what = "entry " + shown(metadata_key_) + " of \"__metadata__\"",
              .expected = "a string",
              .got = found});
    case Field::dtype:
      refuse(file_, name, {.what = "\"dtype\"", .expected = "a string", .got = found});
    case Field::shape:
      refuse(file_, name,
             {.what = "\"shape\"", .expected = "a list of non-negative integers", .got = found});
    case Field::data_offsets:
      refuse(file_, name,
             {.what = "\"data_offsets\"",
              .expected = "a list of two non-negative integers",
              .got = found});
    case Field::extra:
      return true;
    case Field::none:
      break;
  }
  if (depth_ == 0) {
    refuse(file_, {}, {.what = "the header", .expected = "a JSON object", .got = found});
  }
  refuse(file_, name, {.what = "the entry", .expected = "an object", .got = found});
}

bool HeaderSax::null() { return refuse_value("null"); }
bool HeaderSax::boolean(bool v) { return refuse_value(v ? "true" : "false"); }
bool HeaderSax::binary(binary_t&) { return refuse_value("binary"); }

bool HeaderSax::number_integer(number_integer_t v) {
  return refuse_value(v == 0 ? "-0" : fmt::format("{}", v));
}

bool HeaderSax::number_float(number_float_t, const string_t& text) {
  return refuse_value(text.substr(0, 60));
}

bool HeaderSax::number_unsigned(number_unsigned_t v) {
  if (depth_ == 3 && field_ == Field::data_offsets && offsets_->size() < 2) {
    offsets_->push_back(v);
    return true;
  }
  if (depth_ == 3 && field_ == Field::data_offsets) refuse_value("more than two");
  if (depth_ == 3 && field_ == Field::shape) {
    if (v > static_cast<std::uint64_t>(kMaxSafetensorsDim)) {
      refuse(file_, tensor(),
             {.what = "a dimension is out of range",
              .expected = "0 to 2^48 - 1",
              .got = fmt::format("{}", v)});
    }
    if (entry_.shape.size() >= kMaxSafetensorsRank) {
      refuse(file_, tensor(),
             {.what = "the shape has too many dimensions",
              .expected = fmt::format("at most {}", kMaxSafetensorsRank)});
    }
    entry_.shape.push_back(static_cast<std::int64_t>(v));
    return true;
  }
  return refuse_value(fmt::format("{}", v));
}

bool HeaderSax::string(string_t& text) {
  if (depth_ == 2 && field_ == Field::metadata) {
    header.metadata.emplace(std::move(metadata_key_), std::move(text));
    return true;
  }
  if (depth_ == 2 && field_ == Field::dtype) {
    dtype_ = dtype_from_name(text);
    if (dtype_) return true;
    refuse(file_, tensor(),
           {.what = "\"dtype\" is unknown",
            .expected = "a name such as \"F32\", \"F16\" or \"BF16\"",
            .got = shown(text)});
  }
  return refuse_value(shown(text));
}

void HeaderSax::enter() {
  if (++depth_ > kMaxDepth) {
    refuse(file_, tensor(),
           {.what = fmt::format("the header is nested deeper than {} levels", kMaxDepth)});
  }
  keys_.emplace_back();
}

void HeaderSax::leave() {
  --depth_;
  keys_.pop_back();
  if (depth_ <= 1) field_ = Field::none;
}

bool HeaderSax::start_object(std::size_t) {
  const bool root = depth_ == 0;
  const bool metadata = depth_ == 1 && field_ == Field::metadata;
  const bool entry = depth_ == 1 && field_ == Field::none;
  if (!root && !metadata && !entry) refuse_value("an object");
  enter();
  if (entry) start_entry();
  return true;
}

bool HeaderSax::end_object() {
  const bool entry = in_entry_ && depth_ == 2;
  leave();
  if (entry) end_entry();
  return true;
}

bool HeaderSax::start_array(std::size_t) {
  const bool list = depth_ == 2 && (field_ == Field::shape || field_ == Field::data_offsets);
  if (!list) refuse_value(depth_ == 3 ? "a nested list" : "a list");
  if (list && field_ == Field::shape) has_shape_ = true;
  if (list && field_ == Field::data_offsets) offsets_.emplace();
  enter();
  return true;
}

bool HeaderSax::end_array() {
  if (depth_ == 3 && field_ == Field::data_offsets && offsets_->size() != 2) {
    refuse_value(fmt::format("{} of them", offsets_->size()));
  }
  leave();
  return true;
}

void HeaderSax::check_duplicate(const std::string& key) {
  if (keys_.back().insert(key).second) return;
  if (depth_ == 1 && key != kMetadataKey) {
    refuse(file_, key, {.what = "the tensor is listed twice"});
  }
  refuse(file_, tensor(), {.what = "the key " + shown(key) + " is given twice"});
}

bool HeaderSax::key(string_t& key) {
  check_duplicate(key);
  if (depth_ == 1 && key == kMetadataKey) {
    field_ = Field::metadata;
  } else if (depth_ == 1) {
    check_name(file_, key);
    if (header.tensors.size() >= kMaxSafetensorsTensors) {
      refuse(
          file_, {},
          {.what = fmt::format("the header lists more than {} tensors", kMaxSafetensorsTensors)});
    }
    entry_ = TensorInfo{.name = std::move(key)};
    in_entry_ = true;
    field_ = Field::none;
  } else if (depth_ == 2 && field_ == Field::metadata) {
    if (header.metadata.size() >= kMaxSafetensorsMetadata) {
      refuse(file_, {},
             {.what = fmt::format("\"__metadata__\" has more than {} entries",
                                  kMaxSafetensorsMetadata)});
    }
    metadata_key_ = std::move(key);
  } else {
    if (keys_.back().size() > kMaxSafetensorsFields) {
      refuse(file_, tensor(),
             {.what = fmt::format("the entry has more than {} fields", kMaxSafetensorsFields)});
    }
    if (depth_ == 2) {
      field_ = key == "dtype"          ? Field::dtype
               : key == "shape"        ? Field::shape
               : key == "data_offsets" ? Field::data_offsets
                                       : Field::extra;
    }
  }
  return true;
}

void HeaderSax::start_entry() {
  dtype_.reset();
  has_shape_ = false;
  offsets_.reset();
}

void HeaderSax::end_entry() {
  const auto missing = [this](const char* field) {
    refuse(file_, tensor(), {.what = fmt::format("\"{}\" is missing", field)});
  };
  if (!dtype_) missing("dtype");
  if (!has_shape_) missing("shape");
  if (!offsets_) missing("data_offsets");
  entry_.dtype = *dtype_;
  entry_.begin = (*offsets_)[0];
  entry_.end = (*offsets_)[1];
  header.tensors.push_back(std::move(entry_));
  in_entry_ = false;
}

bool HeaderSax::parse_error(std::size_t position, const std::string&,
                            const nlohmann::json::exception&) {
  refuse(file_, {},
         {.what = fmt::format("the header is not valid JSON at byte {}", position),
          .got = quote(before(json_, position))});
}

}  // namespace calotype::safetensors
