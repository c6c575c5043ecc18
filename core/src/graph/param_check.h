#pragma once
/// One value against what a parameter or graph input allows.
#include <optional>
#include <string>
#include <string_view>

#include "calotype/schema.h"

namespace calotype {

/// Why a value does not fit; fields as in Diagnostic.
struct Misfit {
  std::string expected;
  std::string got;
  std::string hint;
};

/// `value` as the alternative that `kind` is stored as, or nothing. Integers fit numbers, and
/// numbers without fraction fit integers. `read_text`: "24" fits an integer.
std::optional<ParamValue> convert(const ParamValue& value, ParamKind kind, bool read_text);

/// Converts and checks range, step and choices; "random" becomes a number when `schema.seed`.
std::optional<ParamValue> fit(const ParamValue& value, const ParamSchema& schema, bool read_text,
                              Misfit& misfit);

/// For graph inputs: `type` is string, int, number or bool. An int takes "random".
std::optional<ParamValue> fit_input(const ParamValue& value, std::string_view type, bool read_text,
                                    Misfit& misfit);

/// "string", "int", "number" or "bool": the type of a graph input that suits the kind.
std::string_view input_type(ParamKind kind);

/// Uniform below 2^53, so that every JSON tool keeps it; from the system's entropy.
std::uint64_t random_seed();

}  // namespace calotype
